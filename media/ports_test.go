package media

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestPortsAreEvenAndRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, err := newPorts(20001, 20021)
		must(t, err)
		if p.all() != 10 {
			t.Fatalf("%d ports in 20001-20021", p.all())
		}
		seen := make(map[uint16]bool)
		var last uint16
		for range 10 {
			port, err := p.take()
			must(t, err)
			if port%2 != 0 || port < 20002 || port > 20020 || seen[port] {
				t.Errorf("got port %d", port)
			}
			seen[port], last = true, port
		}
		if _, err := p.take(); !errors.Is(err, ErrNoPorts) {
			t.Errorf("an eleventh port: %v", err)
		}
		p.giveBack(last)
		if _, err := p.take(); !errors.Is(err, ErrNoPorts) {
			t.Errorf("a port that has not rested: %v", err)
		}
		<-time.After(portRest) // fake time
		if port, err := p.take(); err != nil || port != last {
			t.Errorf("after the rest: %d, %v", port, err)
		}
		if p.inUse() != 10 {
			t.Errorf("%d in use", p.inUse())
		}
	})
}

func TestPortsNeedARange(t *testing.T) {
	for _, r := range [][2]int{{0, 10}, {20, 10}, {1, 70000}, {5, 5}} {
		if _, err := newPorts(r[0], r[1]); err == nil {
			t.Errorf("%v was taken", r)
		}
	}
}

func TestSessionsShareThePorts(t *testing.T) {
	c := testConfig
	c.MaxPort = c.MinPort + 19
	inWorldWith(t, c, func(w *world) {
		var open []*Session
		refused := 0
		for range 30 {
			s, err := w.engine.Open(Options{Local: serverAddr})
			switch {
			case errors.Is(err, ErrNoPorts):
				refused++
			case err != nil:
				t.Fatal(err)
			default:
				open = append(open, s)
			}
		}
		if len(open) != 10 || refused != 20 {
			t.Errorf("%d opened, %d refused", len(open), refused)
		}
		for _, s := range open {
			s.Close()
			s.Close()
		}
		if st := w.engine.Stats(); st.Sessions != 0 || st.PortsUsed != 0 || st.Ports != 10 {
			t.Errorf("after closing: %+v", st)
		}
		w.run(portRest)
		if _, err := w.engine.Open(Options{Local: serverAddr}); err != nil {
			t.Error(err)
		}
	})
}

func TestPortTakenByAnotherProgramIsSkipped(t *testing.T) {
	inWorld(t, func(w *world) {
		for port := testConfig.MinPort; port < testConfig.MaxPort; port += 4 {
			if _, err := w.net.open(addrPort(serverAddr, port)); err != nil {
				t.Fatal(err)
			}
		}
		for range 10 {
			if _, err := w.engine.Open(Options{Local: serverAddr}); err != nil {
				t.Fatal(err)
			}
		}
	})
}
