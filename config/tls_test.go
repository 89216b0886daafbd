package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ringtide/internal/fakeca"
)

// withTLS loads a file with a TLS listener and a trunk by TLS, from a folder where certificate and key may be.
func withTLS(t *testing.T, folder string) (*Config, error) {
	t.Helper()
	return Load(writeFile(t, filepath.Join(folder, "config.yaml"), `
sip:
  listen: ["udp://127.0.0.1:5060", "tls://127.0.0.1:5061"]
  tls: {cert_file: cert.pem, key_file: key.pem}
trunks: [{name: carrier, uri: ["sips:carrier.example", "sip:carrier.example;transport=tls", "sips:carrier.example;transport=tcp"]}]
codes: {intercept: "", voicemail: ""}
`, 0o600))
}

func TestTLSListener(t *testing.T) {
	folder := t.TempDir()
	certFile, keyFile := filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	fakeca.WritePEM(fakeca.New().Issue("pbx.example"), certFile, keyFile)
	cfg, err := withTLS(t, folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.SIP.Listen) != 2 || cfg.SIP.Listen[1].Transport != "tls" {
		t.Errorf("listeners %v", cfg.SIP.Listen)
	}
	if cert := cfg.SIP.Certificate; cert == nil || cert.Leaf.DNSNames[0] != "pbx.example" {
		t.Errorf("certificate %+v", cert)
	}
	same(t, "inactive", cfg.Inactive, nil)
	same(t, "files that matter", cfg.Files, []string{certFile, keyFile})
}

func TestCertificateProblems(t *testing.T) {
	ca := fakeca.New()
	for name, c := range map[string]struct {
		spoil  func(certFile, keyFile string)
		want   string
		usable bool
	}{
		"no file":       {func(certFile, _ string) { os.Remove(certFile) }, "sip.tls.cert_file: stat ", false},
		"another's key": {func(_, keyFile string) { fakeca.WritePEM(ca.Issue("a"), keyFile+".cert", keyFile) }, "private key does not match public key", false},
		"no PEM":        {func(certFile, _ string) { os.WriteFile(certFile, []byte("x"), 0o600) }, "certificate and key cannot be used", false},
		"expired": {func(certFile, keyFile string) {
			fakeca.WritePEM(ca.IssueUntil(time.Date(2020, 2, 3, 0, 0, 0, 0, time.UTC), "a"), certFile, keyFile)
		}, "warning: sip.tls.cert: the certificate expired on 2020-02-03", true},
	} {
		folder := t.TempDir()
		certFile, keyFile := filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
		fakeca.WritePEM(ca.Issue("pbx.example"), certFile, keyFile)
		c.spoil(certFile, keyFile)
		cfg, err := withTLS(t, folder)
		if (err == nil) != c.usable {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err == nil {
			err = cfg.Warnings
		}
		if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
