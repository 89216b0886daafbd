package sip

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/internal/phone"
)

var stranger = netip.MustParseAddr("203.0.113.66")

func TestBudgetOfASource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget()
		spend := func(n, perSecond int) (got int) {
			for range n {
				if b.take(stranger, perSecond) {
					got++
				}
			}
			return got
		}
		if n := spend(100, 20); n != 40 {
			t.Errorf("burst of %d", n)
		}
		passes(500 * time.Millisecond)
		if n := spend(100, 20); n != 10 {
			t.Errorf("%d in half a second", n)
		}
		passes(time.Hour)
		if n := spend(100, 20); n != 40 {
			t.Errorf("burst of %d after an hour", n)
		}
		if n := spend(100, 0); n != 100 {
			t.Errorf("%d of 100 without limit", n)
		}
		b.giveBack(stranger)
		if n := spend(100, 20); n != 1 {
			t.Errorf("%d given back", n)
		}
	})
}

func TestSourcesAreCountedAsHosts(t *testing.T) {
	for _, c := range [][3]string{
		{"203.0.113.66", "203.0.113.67", "other"}, {"203.0.113.66", "::ffff:203.0.113.66", "same"},
		{"2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", "same"}, {"2001:db8::1", "2001:db8:0:1::1", "other"}, {"fe80::1%eth0", "fe80::2%eth1", "same"},
	} {
		if same := sourceOf(netip.MustParseAddr(c[0])) == sourceOf(netip.MustParseAddr(c[1])); same != (c[2] == "same") {
			t.Errorf("%s and %s: same %v", c[0], c[1], same)
		}
	}
}

func TestTablesAreBounded(t *testing.T) {
	table := newRecent[int, int](100)
	for i := range 1000 {
		v, known := table.get(i)
		if known {
			t.Fatalf("%d is known", i)
		}
		*v = i
		if first, known := table.get(0); !known || *first != 0 {
			t.Fatalf("the one in use is forgotten after %d", i)
		}
		if n := len(table.young) + len(table.older); n > 100 {
			t.Fatalf("%d entries", n)
		}
	}
	if _, known := table.peek(990); !known {
		t.Error("a recent one is forgotten")
	}
	if _, known := table.peek(800); known {
		t.Error("an old one is not forgotten")
	}
}

func TestTwentyWrongPasswordsAreABan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget()
		for i := range 19 {
			if pair, whole := b.wrong(stranger, "101"); pair || whole {
				t.Fatalf("banned after %d", i+1)
			}
		}
		b.right(stranger, "101") // he remembered it
		for range 19 {
			b.wrong(stranger, "101")
		}
		passes(6 * time.Minute) // and later forgot it again
		for range 19 {
			b.wrong(stranger, "101")
		}
		if b.banned(stranger, "101") {
			t.Fatal("banned too early")
		}
		if pair, whole := b.wrong(stranger, "101"); !pair || !whole || !b.banned(stranger, "101") || b.banned(stranger, "102") || b.banned(netip.MustParseAddr("203.0.113.5"), "101") {
			t.Error("ban of the pair")
		}
		passes(299 * time.Second)
		if !b.banned(stranger, "101") {
			t.Error("ban is too short")
		}
		passes(2 * time.Second)
		if b.banned(stranger, "101") || b.banned(stranger, "") {
			t.Error("ban is too long")
		}
	})
}

func TestItem51_FloodOfAStrangerIsDroppedAndOthersAreServed(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		phone := o.phone("203.0.113.5:5060")
		phone.MustRegister("101")
		flood := o.phone(stranger.String() + ":5060")
		for range 2000 {
			flood.Seq++
			flood.Put(flood.Text("INVITE", aliceURI))
		}
		passes(time.Second)
		if answered := flood.Unheard(); answered != 40 {
			t.Errorf("%d answers to 2000 requests", answered)
		}
		wantCode(t, "the phone", phone.Proves("101", "pw-101", "OPTIONS", aliceURI, nil), 200)
		wantCode(t, "the trunk", o.phone(trunkAddr.String()).Tries("OPTIONS", aliceURI), 200)
		if o.server.Stats().Transactions > 5 {
			t.Errorf("state for strangers: %+v", o.server.Stats())
		}
	})
}

// A stolen password does not take the calls of all others.
func TestItem51_AUserWhoFloodsIsRefused(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		bad, good := o.phone("203.0.113.5:5060"), o.phone("203.0.113.6:5060")
		bad.MustRegister("101")
		bad.Challenged(bad.Tries("OPTIONS", "sip:pbx.test"))
		const uri = "sip:600@pbx.test"
		for i := range 60 { // in an instant
			bad.Seq++
			bad.Send(bad.Text("INVITE", uri, fmt.Sprintf("Call-ID: flood%d", i), "Contact: <sip:101@203.0.113.5>", bad.Proof("101", "pw-101", "INVITE", uri, nil)))
		}
		if n := strings.Count(o.called(), "101 as"); n != 40 {
			t.Errorf("%d calls came through, want 40", n)
		}
		for range 20 {
			if no := bad.Hears("SIP/2.0 503"); phone.Header(no, "Retry-After") == "" {
				t.Errorf("no Retry-After:\n%s", no)
			}
		}
		good.Proves("102", "pw-102", "INVITE", "sip:600@pbx.test", nil, "Call-ID: good", "Contact: <sip:102@203.0.113.6>")
		if n := strings.Count(o.called(), "102 as"); n != 1 {
			t.Error("another user's call does not come through")
		}
	})
}

func TestAddressWithManyPhonesHasTheBudgetOfAll(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		var all []*phone.Phone
		for i := range 5 {
			h := o.phone(fmt.Sprintf("203.0.113.5:%d", 6000+i))
			h.MustRegister("101")
			all = append(all, h)
		}
		passes(10 * time.Second)
		for range 300 {
			all[0].Seq++
			all[0].Put(all[0].Text("OPTIONS", aliceURI))
		}
		synctest.Wait()
		if n := all[0].Unheard(); n != 200 { // 5 times 20 a second, two seconds at once
			t.Errorf("%d answers", n)
		}
	})
}
