package sip

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/internal/fakenet"
	"ringtide/internal/phone"
)

// memoryStore is a store as package store implements it, in memory.
type memoryStore struct {
	mu     sync.Mutex
	list   []Registration
	broken error
	writes int
}

func (m *memoryStore) LoadRegistrations() ([]Registration, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.list), m.broken
}

func (m *memoryStore) SaveRegistrations(changed []string, list []Registration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.writes++; m.broken != nil {
		return m.broken
	}
	m.list = slices.DeleteFunc(m.list, func(r Registration) bool { return slices.Contains(changed, r.User) })
	m.list = append(m.list, list...)
	return nil
}

func (m *memoryStore) breaks(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.broken = err
}

func (m *memoryStore) kept() (list []Registration, writes int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.list), m.writes
}

func TestRegistrationsSurviveARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, store := fakenet.New(1, fakenet.Options{}), &memoryStore{}
		o := openOffice(t, n, nil, store)
		udp, tcp, brief := o.phone("203.0.113.5:5060"), o.streams("203.0.113.6:40000"), o.phone("203.0.113.7:5060")
		udp.MustRegister("101", "Path: <sip:edge;lr>", "User-Agent: Desk phone")
		tcp.MustRegister("102")
		brief.MustRegister("103", "Expires: 60")
		passes(time.Second)
		list, writes := store.kept()
		if len(list) != 3 || writes > 3 {
			t.Fatalf("within a second, %d writes: %+v", writes, list)
		}
		i := slices.IndexFunc(list, func(r Registration) bool { return r.User == "101" })
		if r := list[i]; r.Contact != "sip:101@203.0.113.5:5060" || r.Source != "203.0.113.5:5060" || r.Local != deskAddr.String() || r.Path != "<sip:edge;lr>" ||
			r.UserAgent != "Desk phone" || r.Transport != "udp" || r.CSeq == 0 || time.Until(r.Expires) < 53*time.Minute {
			t.Errorf("kept: %+v", r)
		}
		o.server.Close()
		passes(2 * time.Minute)

		o = openOffice(t, n, nil, store)
		defer o.server.Close()
		if got := o.reached(); got != "101 1" {
			t.Errorf("after the restart: %s", got)
		}
		if got := o.server.Registrations(); len(got) != 2 {
			t.Errorf("registered: %+v", got)
		}
		hops, err := o.server.resolve(o.server.Devices("101")[0], Invite{})
		if err != nil || hops[0].flow.Remote.String() != "203.0.113.5:5060" || hops[0].flow.Local != deskAddr || hops[0].route[0] != "<sip:edge;lr>" {
			t.Errorf("%+v, %v", hops, err)
		}
		// Its address is known although its connection is gone, and it comes back by a new one.
		if o.server.desk.reg.devicesAt(sourceOf(hops[0].flow.Remote.Addr())) != 1 || o.devices("102") != 0 {
			t.Error("restored addresses")
		}
		again := o.streams("203.0.113.6:40001")
		again.CallID, again.Seq = tcp.CallID, tcp.Seq
		again.MustRegister("102")
		if got := o.reached(); got != "102 1" || len(o.server.Registrations()) != 2 {
			t.Errorf("back: %s, %+v", got, o.server.Registrations())
		}
	})
}

func TestInstanceIsKnownAgainAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, store := fakenet.New(1, fakenet.Options{}), &memoryStore{}
		const contact = `Contact: <sip:101@10.0.0.5>;+sip.instance="<urn:uuid:1>";reg-id=1`
		o := openOffice(t, n, nil, store)
		o.phone("203.0.113.5:5060").MustRegister("101", contact)
		o.server.Close()
		o = openOffice(t, n, nil, store)
		defer o.server.Close()
		if res := o.phone("203.0.113.99:5060").MustRegister("101", contact); len(phone.Headers(res, "Contact")) != 1 {
			t.Errorf("listed twice:\n%s", res)
		}
	})
}

func TestRemovalIsWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memoryStore{}
		o := openOffice(t, fakenet.New(1, fakenet.Options{}), nil, store)
		defer o.server.Close()
		h := o.phone("203.0.113.5:5060")
		h.MustRegister("101")
		passes(time.Second)
		h.MustRegister("101", "Expires: 0")
		passes(time.Second)
		if list, _ := store.kept(); len(list) != 0 {
			t.Errorf("kept: %+v", list)
		}
	})
}

func TestFailingStoreOnlyLogs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memoryStore{}
		o := openOffice(t, fakenet.New(1, fakenet.Options{}), nil, store)
		store.breaks(errors.New("disk full"))
		h := o.phone("203.0.113.5:5060")
		h.MustRegister("101")
		passes(50 * time.Second)
		if n := strings.Count(o.logs.String(), "disk full"); n != 1 {
			t.Errorf("logged %d times", n)
		}
		store.breaks(nil)
		passes(6 * time.Second)
		if list, _ := store.kept(); len(list) != 1 {
			t.Errorf("kept after recovery: %+v", list)
		}
		h.MustRegister("101", "Contact: *", "Expires: 0")
		o.server.Close() // writes what is left
		if list, _ := store.kept(); len(list) != 0 {
			t.Errorf("kept after close: %+v", list)
		}
	})
}

func TestStoreThatCannotBeReadIsAnError(t *testing.T) {
	s, err := New(deskConfig(), Handler{}, &memoryStore{broken: errors.New("corrupt")}, discardLog(), Options{})
	if err == nil || !strings.Contains(err.Error(), "corrupt") {
		t.Errorf("%v, %v", s, err)
	}
}

func TestNonsenseFromTheStoreIsLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		good := Registration{User: "101", Contact: "sip:a@203.0.113.5", CallID: "c", Transport: "udp", Local: deskAddr.String(), Source: "203.0.113.5:5060", Expires: time.Now().Add(time.Hour)}
		bad := []func(*Registration){
			func(r *Registration) { r.User = "gone" },
			func(r *Registration) { r.Contact = "nonsense" },
			func(r *Registration) { r.Source = "203.0.113.5" },
			func(r *Registration) { r.Local = "" },
			func(r *Registration) { r.Expires = time.Now() },
		}
		store := &memoryStore{list: []Registration{good}}
		for _, spoil := range bad {
			r := good
			spoil(&r)
			store.list = append(store.list, r)
		}
		far := good // the clock was set back since it was written
		far.User, far.Expires = "102", time.Now().Add(10*365*24*time.Hour)
		store.list = append(store.list, far)
		o := openOffice(t, fakenet.New(1, fakenet.Options{}), nil, store)
		defer o.server.Close()
		if got := o.reached(); got != "101 1, 102 1" {
			t.Errorf("restored: %s", got)
		}
		passes(time.Hour + time.Second)
		if got := o.reached(); !strings.Contains(got, "102 0 lost") {
			t.Errorf("an hour later: %s", got)
		}
	})
}
