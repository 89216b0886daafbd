package sip

import (
	"crypto/md5" // RFC 3261 section 22.4 knows nothing else, and many phones neither
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ringtide/sip/internal/wire"
)

// digest is what a challenge or an answer to one says (RFC 7616 sections 3.3 and 3.4), without quotes. Parameters that
// are not needed here are not kept.
type digest struct {
	realm, nonce, opaque, algorithm, qop string
	stale                                bool   // challenges
	username, uri, response, nc, cnonce  string // answers
}

// parseDigest reads the value of an Authorization, WWW-Authenticate or similar header. A scheme other than Digest, broken
// syntax, and a parameter given twice are errors: two readers must not read two things.
func parseDigest(value string) (d digest, err error) {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(value), " ")
	if !strings.EqualFold(scheme, "Digest") {
		return d, errors.New("read digest: scheme is not Digest")
	}
	var seen []string
	for _, one := range wire.List(rest) {
		name, text, ok := strings.Cut(one, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if !ok || name == "" {
			return d, errors.New("read digest: parameter without value")
		}
		if slices.Contains(seen, name) {
			return d, fmt.Errorf("read digest: %s given twice", name)
		}
		seen = append(seen, name)
		d.set(name, unquote(strings.TrimSpace(text)))
	}
	if d.realm == "" && d.nonce == "" {
		return d, errors.New("read digest: neither realm nor nonce")
	}
	return d, nil
}

// set takes one parameter, if it is needed here.
func (d *digest) set(name, text string) {
	for _, p := range [...]struct {
		name string
		to   *string
	}{
		{"realm", &d.realm}, {"nonce", &d.nonce}, {"opaque", &d.opaque}, {"algorithm", &d.algorithm}, {"qop", &d.qop},
		{"username", &d.username}, {"uri", &d.uri}, {"response", &d.response}, {"nc", &d.nc}, {"cnonce", &d.cnonce},
	} {
		if p.name == name {
			*p.to = text
		}
	}
	if name == "stale" {
		d.stale = strings.EqualFold(text, "true")
	}
}

// hasher is a hash function of digest authentication: hex of the hash of its parts joined by colons; nil: not supported.
type hasher func(parts ...string) string

func hasherOf(algorithm string) hasher {
	switch strings.ToUpper(algorithm) {
	case "", "MD5": // RFC 7616 section 3.3: none means MD5
		return md5Hex
	case "SHA-256":
		return sha256Hex
	}
	return nil
}

func md5Hex(parts ...string) string {
	sum := md5.Sum([]byte(strings.Join(parts, ":")))
	return hex.EncodeToString(sum[:])
}

func sha256Hex(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, ":")))
	return hex.EncodeToString(sum[:])
}

// HA1 makes the digest secrets of a user, H(user:realm:password) in lower-case hex, with MD5 and with SHA-256 (RFC 7616
// section 3.4.2). They are all that has to be kept of a password, and are as secret.
func HA1(user, realm, password string) (md5, sha256 string) {
	return md5Hex(user, realm, password), sha256Hex(user, realm, password)
}

// answer is the response parameter that proves knowledge of ha1 (RFC 7616 section 3.4.1; without qop RFC 2617 section
// 3.2.2.1).
func (d *digest) answer(h hasher, ha1, method string) string {
	ha2 := h(method, d.uri)
	if d.qop == "" {
		return h(ha1, d.nonce, ha2)
	}
	return h(ha1, d.nonce, d.nc, d.cnonce, d.qop, ha2)
}
