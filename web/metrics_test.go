package web

import (
	"context"
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"ringtide/queue"
)

// picture is an engine with a call in each state worth telling.
func picture(context.Context) (queue.Snapshot, error) {
	return queue.Snapshot{
		Calls:  []queue.CallView{{Phase: queue.Talking}, {Phase: queue.InGroup}, {Phase: queue.InGroup}},
		Agents: []queue.AgentView{{State: queue.Idle}, {State: queue.Idle}, {State: queue.Rung}},
		Groups: []queue.GroupView{{Name: "sales", Waiting: 2, Longest: 90 * time.Second}},
	}, nil
}

// scrape reads the metrics of a program that has counted something of each kind.
func scrape(t *testing.T, snapshot func(context.Context) (queue.Snapshot, error), read func() Readings) string {
	t.Helper()
	m := NewMetrics(snapshot, read)
	m.Step(50 * time.Microsecond)
	m.Attempt("attempt.answered")
	m.Ended(queue.CauseDrained)
	m.Refused("calls", 503)
	m.Panic()
	url := site(t, Status{}, m.Handler())
	code, text, _ := get(t, url+"/metrics")
	if code != 200 {
		t.Fatalf("%d %s", code, text)
	}
	return text
}

func zeros() Readings { return Readings{Trunks: []Trunk{{Name: "backup"}}} }

func TestMetricsAreInGoodForm(t *testing.T) {
	problems, err := promlint.New(strings.NewReader(scrape(t, picture, zeros))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestMetricsTellThePicture(t *testing.T) {
	text := scrape(t, picture, func() Readings {
		return Readings{Devices: 3, PacketsLost: 7, SIPFaults: 2, LogDropped: 9, Trunks: []Trunk{{"carrier", true}, {"backup", false}}}
	})
	for _, line := range []string{
		`ringtide_calls{state="talking"} 1`, `ringtide_calls{state="group"} 2`, `ringtide_calls{state="message"} 0`,
		`ringtide_agents{state="idle"} 2`, `ringtide_agents{state="ringing"} 1`, `ringtide_agents{state="offline"} 0`,
		`ringtide_waiting_calls{group="sales"} 2`, `ringtide_longest_wait_seconds{group="sales"} 90`,
		`ringtide_trunk_up{trunk="carrier"} 1`, `ringtide_trunk_up{trunk="backup"} 0`, `ringtide_registrations 3`, `ringtide_rtp_packets_total{way="lost"} 7`, `ringtide_edge_faults_total{edge="sip"} 2`,
		`ringtide_log_dropped_total 9`, `ringtide_calls_refused_total{check="calls"} 1`, `ringtide_call_faults_total 1`,
	} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("missing: %s", line)
		}
	}
}

// A late packet lowers what is lost; the counter stays.
func TestNoCounterSinks(t *testing.T) {
	lost := uint64(7)
	m := NewMetrics(picture, func() Readings { return Readings{PacketsLost: lost} })
	url := site(t, Status{}, m.Handler())
	for _, c := range []struct{ now, told uint64 }{{7, 7}, {5, 7}, {9, 9}} {
		lost = c.now
		_, text, _ := get(t, url+"/metrics")
		if want := `way="lost"} ` + string(rune('0'+c.told)); !strings.Contains(text, want) {
			t.Errorf("with %d lost: want %s", c.now, want)
		}
	}
}

// While the program ends nobody draws pictures; the numbers of the edges are told all the same.
func TestMetricsWithoutThePicture(t *testing.T) {
	text := scrape(t, func(context.Context) (queue.Snapshot, error) { return queue.Snapshot{}, errors.New("ending") }, zeros)
	if strings.Contains(text, "ringtide_calls{") || !strings.Contains(text, "ringtide_dialogs 0") {
		t.Errorf("%s", text)
	}
}

// docs/operations.md names every metric, and none that there is not.
func TestMetricsAreDocumented(t *testing.T) {
	manual, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	names := func(text, pattern string) []string {
		var list []string
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
			list = append(list, m[1])
		}
		slices.Sort(list)
		return slices.Compact(list)
	}
	there := names(scrape(t, picture, zeros), `(?m)^# TYPE (ringtide_\S+)`)
	told := names(string(manual), "(?m)^\\| `(ringtide_[a-z_]+)")
	for _, n := range there {
		if !slices.Contains(told, n) {
			t.Errorf("%s is not documented", n)
		}
	}
	for _, n := range told {
		if !slices.Contains(there, n) {
			t.Errorf("%s is documented, but there is no such metric", n)
		}
	}
}
