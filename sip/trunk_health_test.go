package sip

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/internal/fakenet"
)

// tests has the addresses of the carrier tested each 30 s.
func (s *stage) tests() { s.reloads(func(c *Config) { c.Qualify = 30 * time.Second }) }

// lively answers tests, and calls with 404.
func lively(req string) (int, []string) {
	if strings.HasPrefix(req, "OPTIONS") {
		return 200, nil
	}
	return 404, nil
}

// deafToTests answers calls with 404, and no tests.
func deafToTests(req string) (int, []string) {
	if strings.HasPrefix(req, "OPTIONS") {
		return 0, nil
	}
	return 404, nil
}

// comesTo sends a call over the trunk that ends as told, in so long.
func (s *stage) comesTo(within time.Duration, want string) {
	s.t.Helper()
	begin := time.Now()
	l := s.dialsOut("5550199")
	for range 70 {
		synctest.Wait()
		l.mu.Lock()
		over := l.over
		l.mu.Unlock()
		if over {
			break
		}
		passes(time.Second)
	}
	if d := time.Since(begin); d > within {
		s.t.Errorf("the call took %v", d)
	}
	l.saw(want, "Gone")
}

func TestAddressesOfTrunksAreTested(t *testing.T) {
	playing(t, func(s *stage) {
		first, second := s.provides("10.0.2.1:5060", lively), s.provides("10.0.2.2:5060", always(405))
		s.isUp(true) // nobody looks
		s.tests()
		passes(10 * time.Minute)
		s.isUp(true)
		for _, p := range []*provider{first, second} {
			if n := len(p.heard("OPTIONS")); n < 18 || n > 23 {
				t.Errorf("%d tests in 10 minutes", n)
			}
		}
		s.reloads(func(*Config) {})
		passes(10 * time.Minute)
		if n := len(first.heard("OPTIONS")); n != 0 {
			t.Errorf("%d tests although they are off", n)
		}
		s.told("trunk address", 0)
	})
}

func TestAddressThatMissesTestsComesLast(t *testing.T) {
	playing(t, func(s *stage) {
		first, second := s.provides("10.0.2.1:5060", lively), s.provides("10.0.2.2:5060", lively)
		s.tests()
		passes(time.Minute)
		first.says(always(0))
		passes(50 * time.Second) // one interval, three tests
		s.told("trunk address does not answer", 1)
		s.isUp(true)
		if at, _ := s.server.TrunkTarget("carrier"); at.Remote.String() != "10.0.2.2" {
			t.Errorf("calls go to %s first", at.Remote)
		}
		s.comesTo(0, "Failed 404")
		second.says(always(503))
		s.comesTo(4*time.Second, "Failed 0 unreachable") // the last resort is given 4 s, not 32
		first.says(lively)
		passes(40 * time.Second)
		s.comesTo(0, "Failed 404")
		s.told("trunk address answers again", 1)
	})
}

func TestOneLostTestIsNothing(t *testing.T) {
	play(t, fakenet.Options{Loss: 0.2}, 1, func(s *stage) {
		s.provides("10.0.2.1:5060", lively)
		s.provides("10.0.2.2:5060", lively)
		s.tests()
		passes(6 * time.Hour)
		s.isUp(true)
		s.told("trunk address", 0)
	})
}

func TestTrunkThatIsDownIsSparedCalls(t *testing.T) {
	playing(t, func(s *stage) {
		first, second := s.provides("10.0.2.1:5060", lively), s.provides("10.0.2.2:5060", lively)
		s.tests()
		passes(time.Minute)
		first.says(always(0))
		second.says(always(0))
		passes(50 * time.Second)
		s.isUp(false)
		s.told("trunk address does not answer", 2)
		s.told("others_left=0", 1)
		s.comesTo(8*time.Second, "Failed 0 unreachable") // one call finds out
		for range 20 {
			s.comesTo(0, "Failed 503 unreachable")
			passes(time.Second)
		}
		if n := len(first.heard("INVITE")); n != 1 {
			t.Errorf("%d calls", n)
		}
		passes(10 * time.Second)
		s.comesTo(8*time.Second, "Failed 0 unreachable")
		first.says(lively)
		second.says(lively)
		passes(10 * time.Second)
		s.isUp(true)
		s.comesTo(0, "Failed 404")
	})
}

func TestProviderThatAnswersNoTestsIsJudgedByItsCalls(t *testing.T) {
	playing(t, func(s *stage) {
		first, second := s.provides("10.0.2.1:5060", deafToTests), s.provides("10.0.2.2:5060", deafToTests)
		s.tests()
		passes(10 * time.Minute)
		s.isUp(false) // nothing is known
		s.told("has never answered OPTIONS", 2)
		for range 5 {
			s.comesTo(0, "Failed 404")
			s.isUp(true)
			passes(10 * time.Minute)
		}
		s.told("trunk address", 2)
		first.says(always(0))
		second.says(always(0))
		s.comesTo(36*time.Second, "Failed 0 unreachable")
		s.isUp(false)
		first.heard("")
		passes(10 * time.Minute)
		if n := len(first.heard("OPTIONS")); n > 23 {
			t.Errorf("%d tests that nobody answers in 10 minutes", n)
		}
		s.reloads(func(*Config) {})
	})
}

func TestProviderThatStopsAnsweringTestsIsFoundByACall(t *testing.T) {
	playing(t, func(s *stage) {
		first, second := s.provides("10.0.2.1:5060", lively), s.provides("10.0.2.2:5060", lively)
		s.tests()
		passes(time.Minute)
		first.says(deafToTests)
		second.says(deafToTests)
		passes(10 * time.Minute)
		s.isUp(false)
		for range 10 {
			s.comesTo(0, "Failed 404")
			s.isUp(true)
			passes(time.Minute)
		}
		first.says(lively)
		passes(40 * time.Second)
		first.says(always(0))
		second.says(always(0))
		passes(time.Minute)
		s.told("trunk address does not answer", 3) // it is judged by tests again
		s.reloads(func(*Config) {})
	})
}

func TestTestsFollowReloadAndDNS(t *testing.T) {
	names := &nameServer{}
	names.set("sip.example.com", "198.51.100.1:0")
	withTrunk(t, names, Trunk{Name: "carrier", URIs: []string{"sip:sip.example.com"}}, func(s *Server) {
		c := deskConfig()
		c.Qualify = 30 * time.Second
		c.Trunks = []Trunk{{Name: "carrier", URIs: []string{"sip:sip.example.com"}}, {Name: "callers"}}
		if err := s.Reload(c); err != nil {
			t.Fatal(err)
		}
		if list := s.Trunks(); len(list) != 1 || list[0].Name != "carrier" {
			t.Errorf("%+v", list)
		}
		tested := func() (list []string) {
			s.desk.health.mu.Lock()
			defer s.desk.health.mu.Unlock()
			for at := range s.desk.health.tests {
				list = append(list, at.flow.Remote.String())
			}
			return list
		}
		passes(time.Minute)
		if got := tested(); len(got) != 1 || got[0] != "198.51.100.1:5060" {
			t.Errorf("tested: %q", got)
		}
		names.set("sip.example.com", "198.51.100.2:0")
		passes(2 * time.Minute)
		if got := tested(); len(got) != 1 || got[0] != "198.51.100.2:5060" {
			t.Errorf("tested: %q", got)
		}
		c.Trunks = nil
		if err := s.Reload(c); err != nil {
			t.Fatal(err)
		}
		passes(time.Minute)
		if got := tested(); len(got) != 0 {
			t.Errorf("tested: %q", got)
		}
	})
}
