package sip

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"

	"ringtide/sip/internal/wire"
)

// verdict is what the digest server thinks of a request.
type verdict int

const (
	unanswered verdict = iota // no credentials for our realm, or none that can be read
	stale                     // made with a nonce that is too old, used already, or not ours: a new one will do
	wrong                     // unknown user, wrong password, or made for another request
	right                     // proven
)

// authenticator challenges and verifies users (RFC 3261 section 22.4, RFC 7616, RFC 8760). Known and unknown users cost
// the same work and get the same answers. Safe for use by many goroutines.
type authenticator struct {
	realm  string
	nonces *nonces
	dummy  User // whose secrets stand for those of unknown users
	users  atomic.Pointer[map[string]User]
}

func newAuthenticator(realm string, users []User) *authenticator {
	var secret [48]byte
	rand.Read(secret[:])
	a := &authenticator{
		realm:  realm,
		nonces: newNonces(maxSources),
		dummy:  User{MD5: hex.EncodeToString(secret[:16]), SHA256: hex.EncodeToString(secret[16:])},
	}
	a.setUsers(users)
	return a
}

func (a *authenticator) setUsers(users []User) {
	m := make(map[string]User, len(users))
	for _, u := range users {
		m[u.Extension] = u
	}
	a.users.Store(&m)
}

func (a *authenticator) user(extension string) (User, bool) {
	u, ok := (*a.users.Load())[extension]
	return u, ok
}

// credentialsOf returns the first answer to a challenge of ours that a request carries. Others are not looked at: what
// was verified and what is read later must be the same.
func (a *authenticator) credentialsOf(req *wire.Request) (d digest, ok bool) {
	for _, value := range wire.All(req, "Authorization") {
		if d, err := parseDigest(value); err == nil && d.realm == a.realm {
			return d, true
		}
	}
	return digest{}, false
}

// judge verifies the answer d of a request from source. Only an answer to a fresh nonce of ours is weighed at all, so
// stale tells nothing about the password.
func (a *authenticator) judge(req *wire.Request, d digest, source netip.Addr) verdict {
	id, ok := a.nonces.check(d.nonce, source)
	if !ok {
		return stale
	}
	h := hasherOf(d.algorithm)
	nc, ok := d.count()
	if h == nil || !ok {
		return wrong
	}
	u, known := a.user(d.username)
	if !known {
		u = a.dummy
	}
	ha1 := u.MD5
	if strings.EqualFold(d.algorithm, "SHA-256") {
		ha1 = u.SHA256
	}
	expected := d.answer(h, ha1, req.Method.String())
	same := subtle.ConstantTimeCompare([]byte(expected), []byte(strings.ToLower(d.response))) == 1
	if !same || !known || ha1 == "" || !sameTarget(d.uri, req.Recipient) {
		return wrong
	}
	if !a.nonces.use(id, nc) {
		return stale
	}
	return right
}

// count is the nonce count of an answer. Old phones answer without qop (RFC 2617 section 3.2.2): then the nonce serves
// once. SHA-256 came with qop.
func (d *digest) count() (nc uint32, ok bool) {
	switch {
	case d.qop == "":
		return 1, !strings.EqualFold(d.algorithm, "SHA-256")
	case !strings.EqualFold(d.qop, "auth"), d.cnonce == "", len(d.nc) != 8:
		return 0, false
	}
	n, err := strconv.ParseUint(d.nc, 16, 32)
	return uint32(n), err == nil && n > 0
}

// sameTarget tells whether the uri an answer was made for is the Request-URI (RFC 7616 section 3.4.6). Parameters are not
// compared: clients leave them out (RFC 3261 section 22.4 leaves it open).
func sameTarget(uri string, target wire.Uri) bool {
	u, err := wire.ParseURI(uri)
	if err != nil || u.Scheme != target.Scheme {
		return false
	}
	if u.Scheme != "sip" && u.Scheme != "sips" {
		return u.Raw() == target.Raw()
	}
	return unescape(u.User) == unescape(target.User) && strings.EqualFold(u.Host, target.Host) && portOf(u) == portOf(target)
}

// challenge makes the WWW-Authenticate headers of a 401: one nonce, MD5 before SHA-256. RFC 8760 section 2.3 wants the
// stronger one on top; but a good many phones read only the first header and would never register. One that prefers
// SHA-256 finds it in the second. The first alone is what old phones get.
func (a *authenticator) challenge(source netip.Addr, expired bool) []wire.Header {
	rest := `Digest realm="` + a.realm + `",nonce="` + a.nonces.issue(source) + `",qop="auth"`
	if expired {
		rest += ",stale=true"
	}
	return []wire.Header{
		wire.NewHeader("WWW-Authenticate", rest+",algorithm=MD5"),
		wire.NewHeader("WWW-Authenticate", rest+",algorithm=SHA-256"),
	}
}
