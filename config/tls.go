package config

import (
	"crypto/tls"
	"slices"
	"strings"
	"time"
)

// certificate checks certificate and key, and returns them as one. They are needed as soon as a listener asks for them;
// nil: they are not given, or cannot be used.
func (c *checker) certificate() *tls.Certificate {
	cert, certOK := c.secret("sip.tls.cert", &c.file.SIP.TLS.Cert)
	key, keyOK := c.secret("sip.tls.key", &c.file.SIP.TLS.Key)
	switch {
	case !certOK || !keyOK || cert == "" && key == "" && !c.listensTo("tls") && !c.listensTo("wss"):
		return nil
	case cert == "" || key == "":
		c.errorf("sip.tls", "needs both cert_file and key_file")
		return nil
	}
	pair, err := tls.X509KeyPair([]byte(cert), []byte(key))
	if err != nil {
		c.errorf("sip.tls", "certificate and key cannot be used: %v", err)
		return nil
	}
	switch now := time.Now(); {
	case now.After(pair.Leaf.NotAfter):
		c.warnf("sip.tls.cert", "the certificate expired on %s: phones will not connect", pair.Leaf.NotAfter.Format(time.DateOnly))
	case now.Before(pair.Leaf.NotBefore):
		c.warnf("sip.tls.cert", "the certificate does not hold before %s: phones will not connect", pair.Leaf.NotBefore.Format(time.DateOnly))
	}
	return &pair
}

// listensTo tells whether a listener of a transport is asked for.
func (c *checker) listensTo(transport string) bool {
	return slices.ContainsFunc(c.file.SIP.Listen, func(l string) bool { return strings.HasPrefix(l, transport+"://") })
}
