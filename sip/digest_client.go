package sip

import (
	"errors"
	"fmt"
	"strings"

	"ringtide/sip/internal/wire"
)

// answerChallenge makes the Authorization or Proxy-Authorization header for a repeated req from the challenge of a 401 or
// 407 (RFC 3261 sections 22.2 and 22.3). If req carried an answer to the same realm already, only a stale nonce can be
// answered again, and the caller does so once. The repeated request needs a higher CSeq.
func answerChallenge(req *wire.Request, res *wire.Response, user, password string) (wire.Header, error) {
	if user == "" {
		return nil, errors.New("answer challenge: no user name is configured for this peer")
	}
	c, err := readChallenge(res)
	if err != nil {
		return nil, err
	}
	if answered(req, c.reply, c.digest) {
		return nil, c.refused(user)
	}
	return c.proof(req, user, password), nil
}

// digestChallenge is what a peer wants to be answered. The same nonce serves again and again, each answer counts (RFC 7616 section
// 3.4), until the peer challenges anew.
type digestChallenge struct {
	digest
	reply string // header that carries the answer
	hash  hasher
	count uint32
}

// readChallenge finds the first challenge of a 401 or 407 that can be answered (RFC 8760 section 2.4).
func readChallenge(res *wire.Response) (*digestChallenge, error) {
	ask, reply := "WWW-Authenticate", "Authorization"
	if res.StatusCode == 407 {
		ask, reply = "Proxy-Authenticate", "Proxy-Authorization"
	}
	for _, value := range wire.All(res, ask) {
		d, err := parseDigest(value)
		if h := hasherOf(d.algorithm); err == nil && h != nil && d.chooseQop() {
			return &digestChallenge{digest: d, reply: reply, hash: h}, nil
		}
	}
	return nil, fmt.Errorf("answer challenge: no %s with MD5 or SHA-256 in the %d", ask, res.StatusCode)
}

// proof is the next answer, for one request.
func (c *digestChallenge) proof(req *wire.Request, user, password string) wire.Header {
	d := c.digest
	d.username, d.uri = user, req.Recipient.String()
	if d.qop != "" {
		c.count++
		d.nc, d.cnonce = fmt.Sprintf("%08x", c.count), wire.NewTag()
	}
	d.response = d.answer(c.hash, c.hash(user, d.realm, password), req.Method.String())
	return wire.NewHeader(c.reply, d.credentials())
}

// refused is what is wrong if an answer meets the same challenge.
func (c *digestChallenge) refused(user string) error {
	return fmt.Errorf("answer challenge: realm %q refused user %q: check user name and password", cleanName(c.realm), user)
}

// chooseQop picks auth from what a challenge offers, or none; auth-int alone cannot be answered.
func (d *digest) chooseQop() bool {
	if d.qop == "" {
		return true
	}
	for one := range strings.SplitSeq(d.qop, ",") {
		if strings.EqualFold(strings.TrimSpace(one), "auth") {
			d.qop = "auth"
			return true
		}
	}
	return false
}

// answered tells whether req carried an answer that challenge d refuses for good.
func answered(req *wire.Request, header string, d digest) bool {
	for _, value := range wire.All(req, header) {
		if before, err := parseDigest(value); err == nil && before.realm == d.realm {
			return !d.stale || before.nonce == d.nonce
		}
	}
	return false
}

// credentials writes an answer. algorithm, qop and nc stand without quotes (RFC 7616 section 3.4).
func (d *digest) credentials() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Digest username=%s,realm=%s,nonce=%s,uri=%s,response=%s",
		quoted(d.username), quoted(d.realm), quoted(d.nonce), quoted(d.uri), quoted(d.response))
	if d.algorithm != "" {
		fmt.Fprintf(&b, ",algorithm=%s", d.algorithm)
	}
	if d.qop != "" {
		fmt.Fprintf(&b, ",qop=%s,nc=%s,cnonce=%s", d.qop, d.nc, quoted(d.cnonce))
	}
	if d.opaque != "" {
		fmt.Fprintf(&b, ",opaque=%s", quoted(d.opaque))
	}
	return b.String()
}
