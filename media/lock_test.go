package media

import (
	"net/netip"
	"testing"
	"time"
)

// lockTest drives one lock: the SDP names `named`, the signalling comes from `signalling`.
type lockTest struct {
	*testing.T
	lock sourceLock
	now  time.Time
	seq  map[string]uint16
}

func newLockTest(t *testing.T, named, signalling string) *lockTest {
	l := &lockTest{T: t, now: time.Unix(1000, 0), seq: make(map[string]uint16)}
	if signalling != "" {
		l.lock.signalling = netip.MustParseAddr(signalling)
	}
	l.lock.expect(netip.MustParseAddrPort(named), l.now)
	return l
}

// sends gives n packets of one source, 20 ms apart, to the lock and returns how many were believed.
func (l *lockTest) sends(from string, n int) (heard int) {
	for range n {
		l.seq[from]++
		if l.lock.judge(netip.MustParseAddrPort(from), 7, l.seq[from], l.now) != foreign {
			heard++
		}
		l.now = l.now.Add(frameTime)
	}
	return heard
}

func (l *lockTest) expects(heard, want int) {
	l.Helper()
	if heard != want {
		l.Errorf("heard %d packets, want %d", heard, want)
	}
}

func (l *lockTest) sendsTo(want string) {
	l.Helper()
	if got := l.lock.destination(); got != netip.MustParseAddrPort(want) {
		l.Errorf("sends to %v, want %s", got, want)
	}
}

const (
	public    = "203.0.113.7:4000"  // what the SDP names
	sameHost  = "203.0.113.7:4002"  // its other port
	private   = "192.168.1.9:4000"  // what the SDP of a phone behind NAT names
	natted    = "198.51.100.1:6000" // where that phone is seen
	natHost   = "198.51.100.1"
	attacker  = "198.51.100.66:5000"
	peersHost = "203.0.113.7"
)

func TestLockBelievesTheNamedAddressAtOnce(t *testing.T) {
	l := newLockTest(t, public, peersHost)
	l.sendsTo(public)
	l.expects(l.sends(public, 10), 10)
	l.sendsTo(public)
}

func TestLockBelievesNobodyBeforeADescription(t *testing.T) {
	l := &lockTest{T: t, now: time.Unix(1000, 0), seq: make(map[string]uint16)}
	l.expects(l.sends(public, 10), 0)
}

func TestLockDropsForeigners(t *testing.T) {
	for name, named := range map[string]string{"peer in the open": public, "peer behind NAT": private} {
		t.Run(name, func(t *testing.T) {
			l := newLockTest(t, named, peersHost)
			l.expects(l.sends(public, 4)/4+l.sends(public, 6), 6+map[bool]int{true: 1}[named == public])
			heard, foreignHeard := 0, 0
			for range 200 {
				heard += l.sends(public, 1)
				foreignHeard += l.sends(attacker, 1)
			}
			l.expects(heard, 200)
			l.expects(foreignHeard, 0)
			l.sendsTo(public)
		})
	}
}

func TestLockNeverLatchesToAStrangerOfAnOpenPeer(t *testing.T) {
	l := newLockTest(t, public, peersHost)
	l.expects(l.sends(attacker, 200), 0)
	l.sendsTo(public)
	l.expects(l.sends(public, 10), 10)
}

func TestLockFindsAPhoneBehindNAT(t *testing.T) {
	l := newLockTest(t, private, natHost)
	l.expects(l.sends(natted, 3), 0)
	l.sendsTo(private) // three packets move nothing
	l.expects(l.sends(natted, 10), 10)
	l.sendsTo(natted)
	l.expects(l.sends(attacker, 200), 0)
}

// A phone on this machine registers with the address of its network card, and its sound comes from the address we listen on.
func TestLockFindsAPhoneOnThisMachine(t *testing.T) {
	l := newLockTest(t, private, "192.168.1.9")
	l.lock.own = netip.MustParseAddr("127.0.0.1")
	l.expects(l.sends("127.0.0.2:4000", latchRun), 0)
	l.expects(l.sends("127.0.0.1:4000", latchRun), 1)
	l.sendsTo("127.0.0.1:4000")
	l.expects(l.sends(attacker, 20), 0)
	l.lock.expect(netip.MustParseAddrPort("192.168.1.9:4002"), l.now)
	l.expects(l.sends("127.0.0.1:4002", latchRun), 1) // and again after a re-INVITE
}

func TestLockFindsAMediaProxyOfAHiddenPeerOnlyAtFirst(t *testing.T) {
	l := newLockTest(t, private, natHost)
	l.expects(l.sends("198.51.100.9:7000", 10), 7) // another address of the same NAT
	late := newLockTest(t, private, natHost)
	late.now = late.now.Add(latchWindow)
	late.expects(late.sends("198.51.100.9:7000", 100), 0)
}

func TestLockLatchesToNoStrangerInsideANetwork(t *testing.T) {
	l := newLockTest(t, private, "192.168.1.2")
	l.expects(l.sends("192.168.1.77:4000", 100), 0)
	unknown := newLockTest(t, private, "")
	unknown.expects(unknown.sends(attacker, 100), 0)
}

func TestLockFollowsANewBindingOfTheSameNAT(t *testing.T) {
	const proxy = "198.51.100.9:7000"
	l := newLockTest(t, private, natHost)
	l.sends(proxy, 10)
	l.now = l.now.Add(relatchAfter)
	l.expects(l.sends("198.51.100.9:7222", 20), 13)
}

func TestLockFindsALatePhoneByEightPackets(t *testing.T) {
	l := newLockTest(t, private, natHost)
	l.now = l.now.Add(30 * time.Second) // rang for so long
	l.expects(l.sends(natted, 20), 13)
	l.sendsTo(natted)
}

func TestLockNeedsPacketsInSequence(t *testing.T) {
	l := newLockTest(t, private, natHost)
	for range 50 {
		l.seq[natted] += 2
		l.expects(l.sends(natted, 1), 0)
	}
	l.sendsTo(private)
}

func TestLockTakesInterleavedSuspects(t *testing.T) {
	l := newLockTest(t, private, natHost)
	heard := 0
	for range 10 {
		heard += l.sends(natted, 1)
		l.sends("203.0.113.200:1", 1) // spoils nothing, and comes too late
	}
	l.expects(heard, 7)
	l.sendsTo(natted)
}

func TestLockRelatches(t *testing.T) {
	l := newLockTest(t, public, peersHost)
	l.sends(public, 10)
	l.expects(l.sends(sameHost, 50), 0) // the old source was heard less than 2 s ago
	l.now = l.now.Add(relatchAfter)
	l.expects(l.sends(attacker, 100), 0)
	l.seq[sameHost] += 100
	l.expects(l.sends(sameHost, 20), 13)
	l.sendsTo(sameHost)
	l.expects(l.sends(public, 10), 10) // the named address may come back
	l.sendsTo(public)
}

func TestLockAfterAReInvite(t *testing.T) {
	l := newLockTest(t, public, peersHost)
	l.sends(public, 10)
	t.Run("same address", func(t *testing.T) {
		l.lock.expect(netip.MustParseAddrPort(public), l.now)
		l.expects(l.sends(public, 1), 1)
	})
	t.Run("hold by 0.0.0.0", func(t *testing.T) {
		l.lock.expect(netip.MustParseAddrPort("0.0.0.0:4000"), l.now)
		l.expects(l.sends(public, 1), 1)
	})
	t.Run("another address", func(t *testing.T) {
		l.lock.expect(netip.MustParseAddrPort("203.0.113.8:4000"), l.now)
		l.expects(l.sends(public, 3), 0)
		l.sendsTo("203.0.113.8:4000")
		l.expects(l.sends("203.0.113.8:4000", 10), 10)
		l.expects(l.sends(public, 100), 0)
	})
}

func TestLockNewStreamOfTheSourceProvesItself(t *testing.T) {
	l := newLockTest(t, public, peersHost)
	l.sends(public, 10)
	from := netip.MustParseAddrPort(public)
	for i := range uint16(10) {
		got := l.lock.judge(from, 8, 5000+i, l.now)
		if want := i >= latchRun-1; (got != foreign) != want {
			t.Errorf("packet %d of the new SSRC: %v", i, got)
		}
	}
	if l.lock.judge(from, 9, 77, l.now) != foreign {
		t.Error("one packet with another SSRC was believed")
	}
}

func TestLockSendsToNoNetwork(t *testing.T) {
	for _, named := range []string{"224.0.0.1:4000", "255.255.255.255:4000", "[ff02::1]:4000", "0.0.0.0:4000", "203.0.113.7:0"} {
		l := newLockTest(t, named, peersHost)
		if got := l.lock.destination(); got.IsValid() {
			t.Errorf("sends to %v", got)
		}
	}
}

func TestControlPacketsOfThePeerOnlyAreLife(t *testing.T) {
	l := newLockTest(t, public, peersHost)
	if !l.lock.alive(netip.MustParseAddrPort(public), l.now) {
		t.Error("RTCP of the named address is no life")
	}
	if l.lock.alive(netip.MustParseAddrPort(attacker), l.now) {
		t.Error("foreign RTCP is life")
	}
	l.sends(public, 1)
	if l.lock.alive(netip.MustParseAddrPort(sameHost), l.now) {
		t.Error("RTCP of another port is life")
	}
}
