package wire

import (
	"cmp"
	"crypto/tls"
	"errors"
	"io"
	"time"
)

// leastTLS: what is older is not safe any more (RFC 8996).
const leastTLS = tls.VersionTLS12

var errNoCertificate = errors.New("there is no certificate to show")

// proof is how we prove ourselves to who connects: with the certificate of that moment.
func proof(certificate func() *tls.Certificate) *tls.Config {
	return &tls.Config{MinVersion: leastTLS, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		if cert := certificate(); cert != nil {
			return cert, nil
		}
		return nil, errNoCertificate
	}}
}

// asks is what the far end of a connection of ours must prove: that it has the name of the flow (RFC 5922 section 7).
func (s *Stack) asks(f Flow) *tls.Config {
	return &tls.Config{MinVersion: leastTLS, ServerName: cmp.Or(f.Name, f.Remote.Addr().String()), RootCAs: s.config.Roots}
}

// secured is a TLS connection that closes without a farewell: to say it takes up to 5 s if the far end does not read, and
// nobody may wait that long. Content-Length tells what is whole.
type secured struct{ *tls.Conn }

func (c secured) Close() error { return c.NetConn().Close() }

// shakeHands begins what a TLS connection says; others are ready.
func (c *conn) shakeHands() error {
	t, ok := c.net.(secured)
	if !ok {
		return nil
	}
	if err := t.SetDeadline(time.Now().Add(shakeTime)); err != nil {
		return err
	}
	return t.Handshake() // who reads and writes sets deadlines of its own
}

// distrusted logs why a hand-shake has failed. Who only looks whether somebody listens is not worth a line.
func (s *Stack) distrusted(c *conn, err error) {
	if errors.Is(err, io.EOF) && c.accepted {
		return
	}
	if skipped, ok := s.noise.turn(); ok {
		s.log.Warn("TLS connection failed", "remote", c.flow.Remote.String(), "name", c.flow.Name, "not_logged", skipped, "err", err)
	}
}
