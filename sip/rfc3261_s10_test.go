package sip

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/internal/fakenet"
	"ringtide/internal/phone"
)

func contacts(res string) string { return strings.Join(phone.Headers(res, "Contact"), "\n") }

// granted is the expires of the contact that contains text; -1: not listed.
func granted(res, text string) int {
	for _, c := range phone.Headers(res, "Contact") {
		if strings.Contains(c, text) {
			_, after, _ := strings.Cut(c, ";expires=")
			digits, _, _ := strings.Cut(after, ";")
			n, _ := strconv.Atoi(digits)
			return n
		}
	}
	return -1
}

func TestItem35_RegisterListsAllContacts(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		a, b := o.phone("203.0.113.5:5060"), o.phone("203.0.113.6:5060")
		a.MustRegister("101", "Expires: 60")
		res := b.MustRegister("101", "Contact: \"Desk\" <sip:x@203.0.113.6;transport=udp>;q=0.5;expires=120")
		if n := granted(res, "sip:101@203.0.113.5:5060"); n != 60 {
			t.Errorf("first contact: %d in\n%s", n, res)
		}
		if n := granted(res, "sip:x@203.0.113.6;transport=udp"); n < 108 || n > 120 || !strings.Contains(contacts(res), ";q=0.5") {
			t.Errorf("second contact: %d in\n%s", n, res)
		}
		passes(20 * time.Second)
		// A REGISTER without Contact only asks.
		if n := granted(a.MustRegister("101", "Contact:"), "203.0.113.5"); n != 40 {
			t.Errorf("time left: %d", n)
		}
		if got := o.reached(); got != "101 1, 101 2" {
			t.Errorf("reports: %s", got)
		}
		a.MustRegister("101", "Expires: 60") // a refresh changes no order
		if d := o.server.Devices("101"); len(d) != 2 || d[0].Remote != netip.MustParseAddr("203.0.113.5") {
			t.Errorf("devices by q: %+v", d)
		}
	})
}

func TestItem35_ExpiresIsGrantedAsConfigured(t *testing.T) {
	inOffice(t, unlimited, func(o *office) {
		h := o.phone("203.0.113.5:5060")
		for asked, want := range map[string][2]int{
			"60": {60, 60}, "61": {60, 61}, "1000": {900, 1000}, "3600": {3240, 3600}, "99999": {3240, 3600}, "": {3240, 3600},
			"soon": {3240, 3600}, "99999999999999999999": {3240, 3600},
		} {
			if n := granted(h.MustRegister("101", "Expires: "+asked), "sip:101"); n < want[0] || n > want[1] {
				t.Errorf("asked for %q, granted %d", asked, n)
			}
		}
		// Who takes what is granted as what he asks for next time is never refused for it.
		for n, i := 3600, 0; i < 60; i++ {
			res := h.MustRegister("101", "Expires: "+strconv.Itoa(n))
			if n = granted(res, "sip:101"); n < 60 {
				t.Fatalf("granted %d", n)
			}
		}
	})
}

func unlimited(c *Config) { c.SourcePerSecond = 0 }

func TestItem35_TooBriefIs423(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		h := o.phone("203.0.113.5:5060")
		res := h.Registers("101", "Expires: 59")
		wantCode(t, "59 s", res, 423)
		if phone.Header(res, "Min-Expires") != "60" {
			t.Errorf("Min-Expires: %q", phone.Header(res, "Min-Expires"))
		}
	})
}

func TestItem35_AllOrNothing(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		h := o.phone("203.0.113.5:5060")
		h.MustRegister("101", "Contact: <sip:old@203.0.113.5>")
		for name, lines := range map[string][]string{
			"one too brief":     {"Contact: <sip:a@203.0.113.5>;expires=600", "Contact: <sip:b@203.0.113.5>;expires=5"},
			"one not sip":       {"Contact: <sip:a@203.0.113.5>", "Contact: <mailto:b@example.net>"},
			"star and another":  {"Contact: *", "Contact: <sip:a@203.0.113.5>", "Expires: 0"},
			"star that stays":   {"Contact: *", "Expires: 60"},
			"star by default":   {"Contact: *"},
			"one far too long":  {"Contact: <sip:a@203.0.113.5>", "Contact: <sip:" + strings.Repeat("b", 600) + "@203.0.113.5>"},
			"path far too long": {"Contact: <sip:a@203.0.113.5>", "Path: <sip:" + strings.Repeat("b", 600) + "@203.0.113.5;lr>"},
		} {
			if res := h.Registers("101", lines...); phone.Code(res) < 400 {
				t.Errorf("%s: %s", name, res)
			}
			if got := contacts(h.MustRegister("101", "Contact:")); !strings.Contains(got, "sip:old@") || strings.Contains(got, "sip:a@") {
				t.Errorf("%s leaves %s", name, got)
			}
		}
	})
}

func TestItem35_SeveralContactsInOneRegister(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		h := o.phone("203.0.113.5:5060")
		h.MustRegister("101", "Contact: <sip:a@203.0.113.5>, <sip:b@203.0.113.5>;q=0.1", "Contact: <sip:c@203.0.113.5>;q=0.9")
		if o.devices("101") != 3 {
			t.Fatalf("%d devices", o.devices("101"))
		}
		res := h.MustRegister("101", "Contact: <sip:a@203.0.113.5>", "Contact: <sip:b@203.0.113.5>;expires=0", "Contact: <sip:c@203.0.113.5>")
		if got := contacts(res); strings.Contains(got, "sip:b@") || len(phone.Headers(res, "Contact")) != 2 {
			t.Errorf("left: %s", got)
		}
		if got := o.reached(); got != "101 3, 101 2" {
			t.Errorf("reports: %s", got)
		}
	})
}

func TestItem35_OvertakenRegisterChangesNothing(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		h := o.phone("203.0.113.5:5060")
		h.MustRegister("101")
		h.MustRegister("101")
		for _, lines := range [][]string{{"Expires: 0"}, {"Contact: *", "Expires: 0"}, {"Expires: 600"}, {"Contact: <sip:101@203.0.113.5:9>"}} {
			late := append([]string{"CSeq: 3 REGISTER"}, lines...)
			if res := h.Registers("101", late...); phone.Code(res) != 500 || o.devices("101") != 1 {
				t.Errorf("%v: %s, %d devices", lines, res, o.devices("101"))
			}
		}
		// Another Call-ID is another beginning.
		h.CallID = "rebooted"
		h.MustRegister("101", "CSeq: 1 REGISTER")
	})
}

func TestItem38_StarRemovesAll(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		a, b := o.phone("203.0.113.5:5060"), o.phone("203.0.113.6:5060")
		a.MustRegister("101")
		b.MustRegister("101")
		if res := a.MustRegister("101", "Contact: *", "Expires: 0"); contacts(res) != "" {
			t.Errorf("left: %s", contacts(res))
		}
		if got := o.reached(); got != "101 1, 101 2, 101 0" {
			t.Errorf("reports: %s", got)
		}
	})
}

func TestItem35_ExpiryIsALoss(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		h := o.phone("203.0.113.5:5060")
		h.MustRegister("101", "Expires: 60")
		passes(50 * time.Second)
		h.MustRegister("101", "Expires: 60")
		passes(59 * time.Second)
		if o.devices("101") != 1 {
			t.Error("gone too early")
		}
		passes(2 * time.Second)
		if got := o.reached(); got != "101 1, 101 0 lost" || o.devices("101") != 0 || o.server.Stats().Registrations != 0 {
			t.Errorf("reports: %s; %+v", got, o.server.Stats())
		}
	})
}

func TestItem36_PhoneReplacesItself(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		a := o.phone("203.0.113.5:5060")
		a.MustRegister("101")
		before := o.server.Devices("101")[0].Device
		// Its NAT gave it a new port and it noticed: same Call-ID, another contact.
		b := o.phone("203.0.113.5:7000")
		b.CallID, b.Seq = a.CallID, a.Seq
		if res := b.MustRegister("101"); len(phone.Headers(res, "Contact")) != 1 || !strings.Contains(res, ":7000>") {
			t.Errorf("new port:\n%s", res)
		}
		// It rebooted: same address, new Call-ID and contact.
		b.CallID = "rebooted"
		if res := b.MustRegister("101", "Contact: <sip:random77@203.0.113.5:7000>"); len(phone.Headers(res, "Contact")) != 1 {
			t.Errorf("reboot:\n%s", res)
		}
		if got := o.reached(); got != "101 1" {
			t.Errorf("reports: %s", got)
		}
		if before == o.server.Devices("101")[0].Device {
			t.Error("another contact is the same device")
		}
	})
}

func TestItem36_InstanceIsTheDevice(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		const instance = `;+sip.instance="<urn:uuid:00000000-0000-1000-8000-000A95A0E128>";reg-id=1`
		a := o.phone("203.0.113.5:5060")
		res := a.MustRegister("101", "Contact: <sip:101@10.0.0.5>"+instance)
		if !strings.Contains(contacts(res), instance) {
			t.Errorf("instance not listed: %s", contacts(res))
		}
		before := o.server.Devices("101")[0].Device
		b := o.phone("203.0.113.99:5060")
		if res := b.MustRegister("101", "Contact: <sip:101@10.7.7.7:9999>"+instance); len(phone.Headers(res, "Contact")) != 1 {
			t.Errorf("moved:\n%s", res)
		}
		if d := o.server.Devices("101")[0]; d.Device != before || d.Remote != netip.MustParseAddr("203.0.113.99") {
			t.Errorf("moved to %+v", d)
		}
		b.MustRegister("101", "Contact: <sip:101@10.7.7.7:9999>"+strings.Replace(instance, "E128", "E129", 1), "Call-ID: another", "Via: SIP/2.0/UDP 203.0.113.99:5060;branch=z9hG4bKp;rport, SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKq")
		if o.devices("101") != 2 {
			t.Error("another instance behind a proxy replaced the first one")
		}
	})
}

func TestItem36_ALateFarewellLeavesTheSuccessorAlone(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		const instance = `;+sip.instance="<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"`
		before, after := o.phone("203.0.113.5:5060"), o.phone("203.0.113.5:5070")
		before.MustRegister("101", "Contact: <sip:101-a@203.0.113.5:5060>"+instance)
		after.MustRegister("101", "Contact: <sip:101-b@203.0.113.5:5070>"+instance, "Call-ID: after")
		before.MustRegister("101", "Contact: <sip:101-a@203.0.113.5:5060>;expires=0"+instance, "Call-ID: before")
		if o.devices("101") != 1 {
			t.Errorf("%d devices, want the one started last", o.devices("101"))
		}
		after.MustRegister("101", "Contact: <sip:101-b@203.0.113.5:5070>;expires=0"+instance, "Call-ID: after")
		if o.devices("101") != 0 {
			t.Errorf("%d devices after both have gone", o.devices("101"))
		}
	})
}

func TestItem36_SamePrivateAddressBehindTwoNATs(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		home, office := o.phone("203.0.113.5:5060"), o.phone("198.51.100.50:5060")
		home.MustRegister("101", "Contact: <sip:101@192.168.1.10:5060>")
		office.MustRegister("101", "Contact: <sip:101@192.168.1.10:5060>")
		if o.devices("101") != 2 {
			t.Errorf("%d devices", o.devices("101"))
		}
	})
}

func TestItem36_OldestMakesRoom(t *testing.T) {
	inOffice(t, func(c *Config) { c.MaxContacts = 3 }, func(o *office) {
		for i := range 5 {
			o.phone(fmt.Sprintf("203.0.113.%d:5060", 10+i)).MustRegister("101")
		}
		var left []string
		for _, d := range o.server.Devices("101") {
			left = append(left, d.Remote.String())
		}
		if got := strings.Join(left, " "); got != "203.0.113.12 203.0.113.13 203.0.113.14" {
			t.Errorf("left: %s", got)
		}
		if got := o.reached(); got != "101 1, 101 2, 101 3" {
			t.Errorf("reports: %s", got)
		}
	})
}

func TestItem36_UnreachableMakesRoomFirst(t *testing.T) {
	inOffice(t, func(c *Config) { c.MaxContacts = 3 }, func(o *office) {
		for i := range 3 {
			o.phone(fmt.Sprintf("203.0.113.%d:5060", 10+i)).MustRegister("101")
		}
		o.server.unreachable(o.server.Devices("101")[1])
		o.phone("203.0.113.13:5060").MustRegister("101")
		var left []string
		for _, d := range o.server.Devices("101") {
			left = append(left, d.Remote.String())
		}
		if got := strings.Join(left, " "); got != "203.0.113.10 203.0.113.12 203.0.113.13" {
			t.Errorf("left: %s", got)
		}
	})
}

func TestRegisterForAnotherIs403(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		h := o.phone("203.0.113.66:5060")
		o.phone("203.0.113.5:5060").MustRegister("101")
		for _, to := range []string{"<sip:101@pbx.test>", "<sip:%3101@pbx.test>", "<sip:101@192.0.2.1>", "<sip:pbx.test>", "<sip:1020@pbx.test>"} {
			res := h.Proves("102", "pw-102", "REGISTER", "sip:pbx.test", nil, "To: "+to, "From: <sip:102@pbx.test>;tag=1", "Contact: <sip:thief@203.0.113.66>")
			wantCode(t, to, res, 403)
		}
		wantCode(t, "foreign domain", h.Proves("102", "pw-102", "REGISTER", "sip:pbx.test", nil, "To: <sip:102@elsewhere.test>", "Contact: <sip:102@203.0.113.66>"), 404)
		if !strings.Contains(o.logs.String(), "102@elsewhere.test") {
			t.Error("nobody can find out why")
		}
		wantCode(t, "From does not matter", h.Proves("102", "pw-102", "REGISTER", "sip:pbx.test", nil, "To: <sip:102@192.0.2.1>", "From: <sip:101@pbx.test>;tag=2", "Contact: <sip:102@203.0.113.66>"), 200)
		if d := o.server.Devices("101"); len(d) != 1 || d[0].Remote != netip.MustParseAddr("203.0.113.5") {
			t.Errorf("hijacked: %+v", d)
		}
	})
}

func TestItem37_PathIsKeptAndUsed(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		h := o.phone("203.0.113.5:5060")
		res := h.MustRegister("101", "Supported: path", "Require: path", "Path: <sip:edge1.example;lr>,<sip:edge2.example;lr>", "Contact: <sip:101@10.0.0.1>")
		if phone.Header(res, "Path") != "<sip:edge1.example;lr>, <sip:edge2.example;lr>" {
			t.Errorf("Path: %q", phone.Header(res, "Path"))
		}
		hops, err := o.server.resolve(o.server.Devices("101")[0], Invite{})
		if err != nil || len(hops) != 1 || len(hops[0].route) != 2 || hops[0].route[0] != "<sip:edge1.example;lr>" || hops[0].uri.Host != "10.0.0.1" {
			t.Errorf("%+v, %v", hops, err)
		}
	})
}

func TestItem37_ConnectionIsTheFlow(t *testing.T) {
	officeOver(t, func(o *office) {
		h := o.streams("203.0.113.5:40001")
		h.MustRegister("101", "Contact: <sip:101@203.0.113.5:5060;transport=tcp>")
		hops, err := o.server.resolve(o.server.Devices("101")[0], Invite{})
		if err != nil || hops[0].flow.Transport != o.stream || hops[0].flow.Conn == 0 || hops[0].flow.Remote.Port() != 40001 {
			o.t.Fatalf("%+v, %v", hops, err)
		}
		passes(10 * time.Minute) // a registered connection may be idle
		if o.devices("101") != 1 {
			o.t.Fatal("gone")
		}
		h.Close()
		passes(time.Millisecond)
		if got := o.reached(); got != "101 1, 101 0 lost" || o.server.Stats().Registrations != 0 {
			o.t.Errorf("reports: %s; %+v", got, o.server.Stats())
		}
	})
}

func TestItem37_OldConnectionClosesAfterReRegister(t *testing.T) {
	officeOver(t, func(o *office) {
		old, now := o.streams("203.0.113.5:40001"), o.streams("203.0.113.5:40002")
		const contact = "Contact: <sip:101@203.0.113.5:5060;transport=tcp>"
		old.MustRegister("101", contact)
		now.CallID, now.Seq = old.CallID, old.Seq
		now.MustRegister("101", contact)
		old.Close()
		passes(time.Millisecond)
		if got := o.reached(); got != "101 1" || o.devices("101") != 1 {
			o.t.Errorf("reports: %s", got)
		}
	})
}

func TestReloadRemovesUsers(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		o.phone("203.0.113.5:5060").MustRegister("101")
		o.phone("203.0.113.6:5060").MustRegister("102")
		c := deskConfig()
		c.Users = c.Users[1:]
		if err := o.server.Reload(c); err != nil {
			t.Fatal(err)
		}
		if got := o.reached(); got != "101 1, 102 1, 101 0" || o.devices("102") != 1 {
			t.Errorf("reports: %s", got)
		}
		h := o.phone("203.0.113.7:5060")
		wantCode(t, "password of a removed user", h.Registers("101"), 401)
	})
}

// Phones behind one address come back at once after a power cut, with their registrations restored and without: each one
// that has proven itself makes room for more.
func TestItem35_PhonesComeBackTogether(t *testing.T) {
	for name, restored := range map[string]bool{"restored": true, "unknown": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { comeBack(t, 200, restored) })
		})
	}
}

func comeBack(t *testing.T, phones int, restored bool) {
	store := &memoryStore{}
	user := func(i int) string { return strconv.Itoa(1000 + i) }
	for i := 0; restored && i < phones; i++ {
		store.list = append(store.list, Registration{
			User: user(i), Contact: fmt.Sprintf("sip:%s@203.0.113.5:%d", user(i), 10000+i), CallID: "before", CSeq: 7, Transport: "udp",
			Local: deskAddr.String(), Source: fmt.Sprintf("203.0.113.5:%d", 10000+i), Expires: time.Now().Add(time.Hour),
		})
	}
	o := openOffice(t, fakenet.New(1, fakenet.Options{}), func(c *Config) {
		for i := range phones {
			c.Users = append(c.Users, deskUser(user(i)))
		}
	}, store)
	defer o.server.Close()
	begin := time.Now()
	var wait sync.WaitGroup
	for i := range phones {
		h := o.phone(fmt.Sprintf("203.0.113.5:%d", 10000+i))
		wait.Go(func() {
			for phone.Code(h.Registers(user(i))) != 200 { // 3 s each time
			}
		})
	}
	wait.Wait()
	most := 10 * time.Second
	if !restored {
		most = 32 * time.Second // a phone gives up after that; real ones repeat sooner than these
	}
	if took := time.Since(begin); took > most {
		t.Errorf("it took %v", took)
	}
}

func TestPanicInAReportCostsTheReportOnly(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		o.server.handler.Reachable = func(string, int, bool) { panic("boom") }
		h := o.phone("203.0.113.5:5060")
		h.MustRegister("101", "Expires: 60")
		passes(2 * time.Minute) // it expires on a timer
		h.MustRegister("101")
		if st := o.server.Stats(); st.Panics != 3 || st.Reachable != 1 || !strings.Contains(o.logs.String(), "boom") {
			t.Errorf("%+v", st)
		}
	})
}
