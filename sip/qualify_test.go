package sip

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"ringtide/internal/phone"
)

func every30(c *Config) { c.Qualify = 30 * time.Second }

func TestItem39_AnyAnswerIsASignOfLife(t *testing.T) {
	inOffice(t, every30, func(o *office) {
		h := o.phone("203.0.113.5:5060")
		h.MustRegister("101", "Contact: <sip:x@10.0.0.1>", "Path: <sip:edge;lr>")
		passes(5 * time.Minute)
		asked := h.Tested()
		if n := len(asked); n < 9 || n > 12 {
			t.Errorf("%d tests in 5 minutes", n)
		}
		m := asked[0]
		if !strings.HasPrefix(m, "OPTIONS sip:x@10.0.0.1 SIP/2.0\r\n") || phone.Header(m, "Route") != "<sip:edge;lr>" || phone.Header(m, "Contact") == "" || phone.Header(m, "Max-Forwards") != "70" {
			t.Errorf("test:\n%s", m)
		}
		if got := o.reached(); got != "101 1" {
			t.Errorf("reports: %s", got)
		}
	})
}

func TestItem39_OneLostDatagramIsNothing(t *testing.T) {
	inOffice(t, every30, func(o *office) {
		h := o.phone("203.0.113.5:5060")
		h.MustRegister("101")
		n := 0
		o.net.Filter(func(from, to netip.AddrPort, data []byte) bool {
			if !strings.HasPrefix(string(data), "OPTIONS") || to.Addr() == trunkAddr.Addr() {
				return false
			}
			n++
			return n%6 != 0 // five of six are lost
		})
		passes(10 * time.Minute)
		if got := o.reached(); got != "101 1" {
			t.Errorf("reports: %s", got)
		}
	})
}

func TestItem39_SilentPhoneIsUnreachableUntilItAnswers(t *testing.T) {
	inOffice(t, every30, func(o *office) {
		h := o.phone("203.0.113.5:5060")
		h.MustRegister("101")
		h.Mute(true)
		passes(60 * time.Second)
		if got := o.reached(); got != "101 1, 101 0 lost" || o.devices("101") != 0 {
			t.Fatalf("after a minute: %s", got)
		}
		if o.server.Stats().Registrations != 1 || o.server.Stats().Reachable != 0 {
			t.Errorf("%+v", o.server.Stats())
		}
		h.Mute(false)
		passes(10 * time.Second)
		if got := o.reached(); got != "101 1" || o.devices("101") != 1 {
			t.Errorf("awake: %s", got)
		}
	})
}

func TestUnreachableDeviceIsTestedEvery5Seconds(t *testing.T) {
	// Without Qualify, too.
	inOffice(t, nil, func(o *office) {
		h := o.phone("203.0.113.5:5060")
		h.MustRegister("101")
		passes(10 * time.Minute)
		if n := len(h.Tested()); n != 0 {
			t.Fatalf("%d tests although Qualify is off", n)
		}
		target := o.server.Devices("101")[0]
		h.Mute(true)
		o.server.unreachable(target)
		o.server.unreachable(target) // another call failed, too
		if got := o.reached(); got != "101 1, 101 0 lost" {
			t.Fatalf("reports: %s", got)
		}
		passes(30 * time.Second)
		if n := len(h.Tested()); n < 18 || n > 24 { // each test is 4 datagrams
			t.Errorf("%d datagrams in 30 s", n)
		}
		h.Mute(false)
		passes(10 * time.Second)
		if got := o.reached(); got != "101 1" {
			t.Errorf("awake: %s", got)
		}
		h.Tested()
		passes(10 * time.Minute)
		if n := len(h.Tested()); n != 0 {
			t.Errorf("%d tests after it came back", n)
		}
	})
}

func TestRegisterMakesADeviceReachable(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		h := o.phone("203.0.113.5:5060")
		h.MustRegister("101")
		h.Mute(true)
		o.server.unreachable(o.server.Devices("101")[0])
		h.MustRegister("101")
		if got := o.reached(); got != "101 1, 101 0 lost, 101 1" {
			t.Errorf("reports: %s", got)
		}
	})
}

func TestUnreachableIsVoidForWhatIsGone(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		h := o.phone("203.0.113.5:5060")
		h.MustRegister("101")
		target := o.server.Devices("101")[0]
		h.MustRegister("101", "Contact: *", "Expires: 0")
		o.server.unreachable(target)
		o.server.unreachable(Target{Trunk: "carrier"})
		if _, err := o.server.resolve(target, Invite{}); err == nil {
			t.Error("a device that is gone can be called")
		}
		if got := o.reached(); got != "101 1, 101 0" {
			t.Errorf("reports: %s", got)
		}
	})
}

func TestItem39_TestsAreSpread(t *testing.T) {
	inOffice(t, func(c *Config) { every30(c); c.SourcePerSecond = 0; c.MaxContacts = 100 }, func(o *office) {
		for i := range 90 {
			o.phone(fmt.Sprintf("203.0.113.%d:5060", 10+i)).MustRegister("101")
		}
		start := time.Now()
		o.net.Tap()
		passes(30 * time.Second)
		var perSecond [31]int
		for _, p := range o.net.Tape() {
			if strings.HasPrefix(string(p.Data), "OPTIONS") {
				perSecond[int(p.At.Sub(start).Seconds())]++
			}
		}
		for second, n := range perSecond {
			if n > 15 {
				t.Errorf("%d tests in second %d", n, second)
			}
		}
	})
}

func TestReloadTurnsQualifyOn(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		h := o.phone("203.0.113.5:5060")
		h.MustRegister("101")
		c := deskConfig()
		every30(&c)
		if err := o.server.Reload(c); err != nil {
			t.Fatal(err)
		}
		passes(time.Minute)
		if n := len(h.Tested()); n == 0 {
			t.Error("no test")
		}
	})
}
