package store

import (
	"bufio"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"ringtide/queue"
	"ringtide/sip"
)

// victimFolder, set in the environment, makes the test program the process that TestKilled kills.
const victimFolder = "RINGTIDE_TEST_VICTIM"

func TestMain(m *testing.M) {
	if folder := os.Getenv(victimFolder); folder != "" {
		beVictim(Config{folder})
	}
	os.Exit(m.Run())
}

// beVictim writes ended calls for ever, one each 20 ms, says the number of each, and leaves every tenth open.
func beVictim(c Config) {
	s, err := Open(c, slog.New(slog.DiscardHandler))
	if err != nil {
		fmt.Println("open:", err)
		os.Exit(1)
	}
	r, err := s.Restored()
	if err != nil {
		fmt.Println("restored:", err)
		os.Exit(1)
	}
	pace := time.NewTicker(20 * time.Millisecond)
	attempt := r.LastAttempt + 1
	for n := 0; ; n++ {
		id := queue.CallID(fmt.Sprintf("p%d-%d", os.Getpid(), n))
		events := answeredCall(id, attempt)
		if n%10 == 9 {
			events = events[:9]
		}
		for _, e := range events {
			s.Write(time.Now(), []queue.Event{e})
			s.Journal(time.Now(), queue.CallEnded{Call: id}, []queue.Order{queue.Record{Event: e}})
		}
		attempt += 2
		if n%10 != 9 {
			fmt.Println(id)
		}
		<-pace.C
	}
}

// TestKilled is kill -9 in the middle of writing, three times over: what was said to be ended a second before is there
// exactly once, the rest is ended as interrupted, and attempts never get a number twice.
func TestKilled(t *testing.T) {
	t.Parallel()
	c := Config{t.TempDir()}
	var safe []string
	for range 3 {
		safe = append(safe, killed(t, c)...)
	}
	s := mustOpen(t, c)
	s.settle()
	var problem string
	err := s.db.QueryRow(`PRAGMA integrity_check`).Scan(&problem)
	if err != nil || problem != "ok" {
		t.Errorf("integrity: %s, %v", problem, err)
	}
	known := map[string]bool{}
	list, err := s.Calls(t.Context(), Filter{Limit: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	for _, call := range list {
		known[call.ID] = call.Cause == "normal"
		if call.Ended.IsZero() || len(call.Visits) != 1 && call.Cause == "normal" {
			t.Errorf("%+v", call)
		}
	}
	for _, id := range safe {
		if !known[id] {
			t.Errorf("call %s had ended a second before, but: %v", id, known[id])
		}
	}
	var twice int
	err = s.db.QueryRow(`SELECT count(*) FROM (SELECT call FROM events WHERE type = 'call.ended' GROUP BY call HAVING count(*) > 1)`).Scan(&twice)
	if err != nil || twice != 0 {
		t.Errorf("%d calls ended twice, %v", twice, err)
	}
	if len(safe) < 30 {
		t.Errorf("only %d calls", len(safe))
	}
	entries(t, c) // the journal can be read
}

// killed runs a victim for a while, kills it, and returns the calls it ended a second or more before.
func killed(t *testing.T, c Config) (safe []string) {
	t.Helper()
	victim := exec.Command(os.Args[0])
	victim.Env = append(os.Environ(), victimFolder+"="+c.Path)
	out, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	var said []time.Time
	var calls []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "p") {
			said, calls = append(said, time.Now()), append(calls, lines.Text())
		} else {
			t.Fatal(lines.Text())
		}
		if time.Since(said[0]) > 1500*time.Millisecond {
			break
		}
	}
	end := time.Now()
	if err := victim.Process.Kill(); err != nil { // SIGKILL
		t.Fatal(err)
	}
	_ = victim.Wait()
	for i, at := range said {
		if end.Sub(at) >= time.Second {
			safe = append(safe, calls[i])
		}
	}
	return safe
}

func TestRegistrationsSurvive(t *testing.T) {
	c := Config{t.TempDir()}
	s := mustOpen(t, c)
	contact := func(user, uri string) sip.Registration {
		return sip.Registration{User: user, Contact: uri, Instance: "<urn:uuid:1>", CallID: "a@b", CSeq: 4_000_000_000, UserAgent: "Phone/1.0", Transport: "udp",
			Local: "192.0.2.1:5060", Source: "192.0.2.7:5060", Path: "<sip:p@192.0.2.9;lr>", Expires: noon.Add(time.Hour)}
	}
	must(t, s.SaveRegistrations([]string{"101", "102"}, []sip.Registration{contact("101", "sip:b@x"), contact("102", "sip:c@x"), contact("101", "sip:a@x")}))
	must(t, s.SaveRegistrations([]string{"102"}, nil))
	must(t, s.Close())
	list, err := mustOpen(t, c).LoadRegistrations()
	must(t, err)
	for i := range list {
		list[i].Expires = list[i].Expires.UTC()
	}
	if want := []sip.Registration{contact("101", "sip:b@x"), contact("101", "sip:a@x")}; fmt.Sprint(list) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", list, want)
	}
}
