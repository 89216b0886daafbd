package main

import (
	"crypto/tls"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"ringtide/internal/fakeca"
	"ringtide/internal/phone"
)

// A phone registers over TLS and is called on its connection. The certificate is renewed while it talks: who connects now is
// shown the new one, and a pair that does not fit is refused.
func TestAPhoneOverTLS(t *testing.T) {
	ca, folder := fakeca.New(), t.TempDir()
	certFile, keyFile := filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	fakeca.WritePEM(ca.Issue(phone.Domain), certFile, keyFile)
	p := startsOn(t, strings.NewReplacer(
		`"udp://127.0.0.1:0"]`, fmt.Sprintf(`"udp://127.0.0.1:0", "tls://127.0.0.1:0"], tls: {cert_file: %q, key_file: %q}`, certFile, keyFile),
		"alicealice", phone.Password("101")).Replace(settings))
	connect := func(names int) *tls.Conn {
		t.Helper()
		c, err := tls.Dial("tcp", p.tls, &tls.Config{RootCAs: ca.Pool(), ServerName: phone.Domain})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		if got := c.ConnectionState().PeerCertificates[0].DNSNames; len(got) != names {
			t.Errorf("it shows a certificate for %q, want %d names", got, names)
		}
		return c
	}
	alice := phone.New(t, "alice", connect(1))
	alice.SDP = p.caller(t, "nobody").SDP
	alice.MustRegister("101")
	carrier := p.waits(t, "carrier")
	ring := alice.Hears("INVITE sip:101@")
	if via := phone.Header(ring, "Via"); !strings.HasPrefix(via, "SIP/2.0/TLS "+p.tls) {
		t.Errorf("Via: %s", via)
	}
	if contact := phone.Header(ring, "Contact"); contact != "<sip:"+p.tls+";transport=tls>" {
		t.Errorf("Contact: %s", contact)
	}
	alice.Answers("INVITE", 200, alice.SDP)
	alice.Hears("ACK")

	fakeca.WritePEM(ca.Issue(phone.Domain, "new.test"), certFile, keyFile)
	p.says(t, "sip.tls.key: changed", 1)
	connect(2)
	fakeca.WritePEM(ca.Issue("other.test"), filepath.Join(folder, "other.pem"), keyFile)
	p.says(t, "private key does not match public key", 1)
	connect(2)

	carrier.Asks("BYE") // the call has noticed nothing
	carrier.Hears("SIP/2.0 200")
	alice.Hears("BYE")
	alice.Answers("BYE", 200, "")
}
