package sip

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/netip"
	"sync"
	"time"
)

// nonceLife is how long a nonce can be used; after it the client is told that it is stale, with a new one.
const nonceLife = 60 * time.Second

// nonces makes and checks the nonces of digest challenges (RFC 7616 section 5.4). A nonce is its time of issue, random
// octets, and a MAC over both and the address it was given to; nothing is kept for a nonce until somebody has proven
// knowledge of a password with it. So strangers cannot fill any table, cannot make nonces, and what is recorded from
// one address is worth nothing at another.
type nonces struct {
	key   [32]byte
	start time.Time // times of issue are counted from here on the monotonic clock: setting the clock does no harm

	mu      sync.Mutex
	used    recent[nonceID, uint32] // highest nc accepted (RFC 7616 section 3.4)
	turned  time.Duration           // when the halves of used were turned last
	horizon time.Duration           // nonces issued before may have been forgotten
}

// nonceID is what makes a nonce unique: 5 octets of time in ms, 5 random ones.
type nonceID [10]byte

const nonceMAC = 10 // octets; challenges should be short

func newNonces(limit int) *nonces {
	n := &nonces{start: time.Now(), used: newRecent[nonceID, uint32](limit)}
	rand.Read(n.key[:])
	return n
}

func (n *nonces) now() time.Duration { return time.Since(n.start) }

// issue makes a nonce for source.
func (n *nonces) issue(source netip.Addr) string {
	var id nonceID
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(n.now().Milliseconds()))
	copy(id[:5], ms[3:])
	rand.Read(id[5:])
	return base64.RawURLEncoding.EncodeToString(append(id[:], n.mac(id, source)...))
}

// check tells whether text is a nonce issued to source less than nonceLife ago.
func (n *nonces) check(text string, source netip.Addr) (id nonceID, ok bool) {
	var raw [len(id) + nonceMAC]byte
	if len(text) != base64.RawURLEncoding.EncodedLen(len(raw)) {
		return id, false
	}
	if _, err := base64.RawURLEncoding.Strict().Decode(raw[:], []byte(text)); err != nil {
		return id, false
	}
	copy(id[:], raw[:])
	if !hmac.Equal(raw[len(id):], n.mac(id, source)) {
		return id, false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	issued := id.issued()
	return id, n.now()-issued < nonceLife && issued >= n.horizon
}

// use accepts the count of a nonce that passed check if it is higher than all before (RFC 7616 section 3.4, nc).
func (n *nonces) use(id nonceID, nc uint32) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := n.now()
	if len(n.used.young) >= n.used.half || now-n.turned >= nonceLife {
		// What is dropped was used before the last turn, so issued before it.
		if now-n.turned < nonceLife {
			n.horizon = n.turned
		}
		n.used.turn()
		n.turned = now
	}
	if id.issued() < n.horizon {
		return false
	}
	highest, _ := n.used.get(id)
	if nc <= *highest {
		return false
	}
	*highest = nc
	return true
}

func (id nonceID) issued() time.Duration {
	var ms [8]byte
	copy(ms[3:], id[:5])
	return time.Duration(binary.BigEndian.Uint64(ms[:])) * time.Millisecond
}

func (n *nonces) mac(id nonceID, source netip.Addr) []byte {
	h := hmac.New(sha256.New, n.key[:])
	h.Write(id[:])
	address := source.As16()
	h.Write(address[:])
	return h.Sum(nil)[:nonceMAC]
}
