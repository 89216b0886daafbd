package store

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"ringtide/queue"
	"ringtide/sip"
)

// inZone makes the zone of the computer a known one.
func inZone(t *testing.T) {
	t.Helper()
	before := time.Local
	t.Cleanup(func() { time.Local = before })
	time.Local = time.FixedZone("CET", 3600)
}

func sameText(t *testing.T, got, want string) {
	t.Helper()
	if got, want = strings.TrimSpace(got), strings.TrimSpace(want); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestTablesForPeople(t *testing.T) {
	inZone(t)
	s := told(t, append(append(append(answeredCall("c1", 7), missedCall("c2", "")...),
		queue.Event{Type: queue.EvCallArrived, Call: "c3", Number: "102", User: "101", From: queue.Party{Number: "101", Name: "A\x1b[31mlice"}}),
		queue.Event{Type: queue.EvAttemptStarted, Call: "c3", Agent: "102", Attempt: 9},
		queue.Event{Type: queue.EvAttemptRejected, Call: "c3", Agent: "102", Attempt: 9, Code: 486})...)
	var b strings.Builder
	calls, err := s.Calls(t.Context(), Filter{})
	must(t, err)
	must(t, WriteCalls(&b, calls))
	sameText(t, b.String(), `
STARTED                CALLER         CALLED    HOW IT ENDED       BY   WAITED  TALKED  CALL
2026-03-01 13:00:19    101 A[31mlice  102       now waiting             0s      0s      c3
  2026-03-01 13:00:20    direct       102       rejected 486
2026-03-01 13:00:12    anonymous      +4930111  missed, abandoned       9s      0s      c2
2026-03-01 13:00:00    +49170222 Eve  +4930111  answered, normal   102  21s     1m5s    c1
  2026-03-01 13:00:02    sales        101       no_answer
  2026-03-01 13:00:05    sales        102       answered`)
	b.Reset()
	missed, err := s.Missed(t.Context(), Filter{})
	must(t, err)
	must(t, WriteMissed(&b, missed))
	sameText(t, b.String(), `
MISSED               CALLER     CALLED    WHY        GROUPS           WAITED  STATE  CALL
2026-03-01 13:00:17  anonymous  +4930111  abandoned  sales > support  9s      new    c2`)
	b.Reset()
	must(t, WriteRegistrations(&b, []sip.Registration{
		{User: "101", Contact: "sip:101@192.0.2.7", Source: "192.0.2.7:5060", Transport: "udp", UserAgent: "Phone/1.0", Expires: noon},
		{User: "102", Contact: "sip:102@192.0.2.8", Source: "192.0.2.8:5060", Transport: "tcp", Expires: noon.Add(time.Hour)}}, noon))
	sameText(t, b.String(), `
USER  CONTACT            FROM            OVER  EXPIRES                        PHONE
101   sip:101@192.0.2.7  192.0.2.7:5060  udp   2026-03-01 13:00:00 (expired)  Phone/1.0
102   sip:102@192.0.2.8  192.0.2.8:5060  tcp   2026-03-01 14:00:00`)
}

func TestJSONForPrograms(t *testing.T) {
	s := told(t, answeredCall("c1", 7)...)
	calls, err := s.Calls(t.Context(), Filter{})
	must(t, err)
	var b strings.Builder
	must(t, WriteJSON(&b, calls))
	for _, want := range []string{`"waited": 21`, `"talked": 65`, `"visits": [`, `"outcome": "no_answer"`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s is not in %s", want, &b)
		}
	}
	var back []Call
	must(t, json.Unmarshal([]byte(b.String()), &back))
	if len(back) != 1 || back[0].Talked != Span(65*time.Second) || len(back[0].Visits[0].Attempts) != 2 {
		t.Errorf("%+v", back)
	}
	b.Reset()
	must(t, WriteJSON[Missed](&b, nil))
	sameText(t, b.String(), "[]")
}

func TestFilters(t *testing.T) {
	s := told(t, append(append(answeredCall("c1", 7), missedCall("c2", "+4999")...), answeredCall("c3", 20)...)...)
	for name, test := range map[string]struct {
		filter Filter
		want   string
	}{
		"all":         {Filter{}, "c3 c2 c1"},
		"newest":      {Filter{Limit: 1}, "c3"},
		"since":       {Filter{Since: noon.Add(12 * time.Second)}, "c3 c2"},
		"until":       {Filter{Until: noon.Add(12 * time.Second)}, "c1"},
		"number":      {Filter{Number: "+4999"}, "c2"},
		"group":       {Filter{Group: "support"}, "c2"},
		"agent":       {Filter{Agent: "102"}, "c3 c1"},
		"call":        {Filter{Call: "c1"}, "c1"},
		"no injector": {Filter{Number: "' OR 1 --"}, ""},
	} {
		list, err := s.Calls(t.Context(), test.filter)
		must(t, err)
		var ids []string
		for _, c := range list {
			ids = append(ids, c.ID)
		}
		if got := strings.Join(ids, " "); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
}
