package phone

import (
	"cmp"
	"crypto/md5"
	"crypto/sha256"
	"fmt"
	"strings"
)

// Credentials are an answer to a digest challenge (RFC 7616 section 3.4), as written: nothing is escaped.
type Credentials struct {
	Username, Realm, Nonce, URI string
	Algorithm                   string // "" is left out and means MD5; one that is not known is hashed as MD5
	QOP, NC, CNonce             string // all are left out if QOP is ""
	Opaque                      string // "" is left out
	Response                    string // "": the right one
}

// Challenged takes a 401 to heart: Proof answers its first challenge from now on.
func (p *Phone) Challenged(res string) {
	p.t.Helper()
	challenge := Header(res, "WWW-Authenticate")
	p.Nonce, p.algorithm, p.nc = parameter(challenge, "nonce"), parameter(challenge, "algorithm"), 0
	if p.Nonce == "" {
		p.t.Fatalf("%s finds no challenge in:\n%s", p.name, res)
	}
}

func parameter(challenge, name string) string {
	_, after, _ := strings.Cut(challenge, name+"=")
	value, _, _ := strings.Cut(after, ",")
	return strings.Trim(value, `"`)
}

// Proof is the Authorization line of a user for a request, for the last challenge. change may spoil the credentials before
// the response is computed; nil: they are right.
func (p *Phone) Proof(user, password, method, uri string, change func(*Credentials)) string {
	p.nc++
	c := Credentials{
		Username: user, Realm: Domain, Nonce: p.Nonce, URI: uri, Algorithm: cmp.Or(p.algorithm, "SHA-256"),
		QOP: "auth", NC: fmt.Sprintf("%08x", p.nc), CNonce: "c",
	}
	if change != nil {
		change(&c)
	}
	return "Authorization: " + c.write(method, password)
}

func (c *Credentials) write(method, password string) string {
	hash := func(parts ...string) string {
		text := []byte(strings.Join(parts, ":"))
		if strings.EqualFold(c.Algorithm, "SHA-256") {
			return fmt.Sprintf("%x", sha256.Sum256(text))
		}
		return fmt.Sprintf("%x", md5.Sum(text))
	}
	secret, request := hash(c.Username, c.Realm, password), hash(method, c.URI)
	right := hash(secret, c.Nonce, request) // RFC 2617 section 3.2.2.1
	if c.QOP != "" {
		right = hash(secret, c.Nonce, c.NC, c.CNonce, c.QOP, request)
	}
	text := fmt.Sprintf(`Digest username="%s",realm="%s",nonce="%s",uri="%s",response="%s"`, c.Username, c.Realm, c.Nonce, c.URI, cmp.Or(c.Response, right))
	if c.Algorithm != "" {
		text += ",algorithm=" + c.Algorithm
	}
	if c.QOP != "" {
		text += fmt.Sprintf(`,qop=%s,nc=%s,cnonce="%s"`, c.QOP, c.NC, c.CNonce)
	}
	if c.Opaque != "" {
		text += fmt.Sprintf(`,opaque="%s"`, c.Opaque)
	}
	return text
}
