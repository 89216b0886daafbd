package config

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ringtide/sip"
)

func writeFile(t *testing.T, path, text string, mode os.FileMode) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask is
		t.Fatal(err)
	}
	return path
}

func TestSecretsFromEnvironmentAndFile(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("RINGTIDE_TEST_PASSWORD", "from the environment")
	writeFile(t, filepath.Join(folder, "password"), "from a file\n", 0o600)
	path := writeFile(t, filepath.Join(folder, "config.yaml"), `
users:
  - {extension: "101", password_env: RINGTIDE_TEST_PASSWORD}
  - {extension: "102", password_file: password}
`, 0o600)
	cfg, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, password := range []string{"from the environment", "from a file"} {
		if md5, _ := sip.HA1(cfg.SIP.Users[i].Extension, "ringtide.local", password); cfg.SIP.Users[i].MD5 != md5 {
			t.Errorf("user %s does not have the password %q", cfg.SIP.Users[i].Extension, password)
		}
	}
}

const open = `sip: {listen: ["udp://0.0.0.0:5060"]}` + "\n"

func TestWarnsOfReadablePasswords(t *testing.T) {
	plain := `users: [{extension: "101", password: correct horse}]`
	hashed := `users: [{extension: "101", password: "` + mustHash(t, "101", "ringtide.local", "correct horse") + `"}]`
	for _, c := range []struct {
		name, text string
		mode       os.FileMode
		want       bool
	}{
		{"plain, readable", open + plain, 0o644, true},
		{"plain, private", open + plain, 0o600, false},
		{"plain, readable, only for this machine", plain, 0o644, false},
		{"hashed, readable", open + hashed, 0o644, false},
		{"trunk", open + `trunks: [{name: a, uri: "sip:192.0.2.1", username: u, password: p}]`, 0o644, true},
		{"PIN", open + hashed[:len(hashed)-2] + `, pin: "4711"}]`, 0o644, true},
	} {
		cfg, err := Load(writeFile(t, filepath.Join(t.TempDir(), "config.yaml"), c.text, c.mode))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(cfg.Warnings.Error(), "can read the passwords"); got != c.want {
			t.Errorf("%s: warned %v, want %v", c.name, got, c.want)
		}
	}
}

// Messages go to the log: they must not hold a secret.
func TestProblemsDoNotTellSecrets(t *testing.T) {
	const secret = "8675309"
	_, err := parse(open + `
users:
  - {extension: "101", password: 8675309, pin: 8675309}
  - {extension: "8675309", password: "8675309", pin: "8675309"}
  - {extension: "103", password: "ha1:8675309", pin: "pin:8675309"}
trunks: [{name: a, uri: "sip:192.0.2.1", password: "8675309"}]
`)
	if err == nil {
		t.Fatal("the file was accepted")
	}
	if strings.Contains(err.Error(), secret) {
		t.Errorf("a message tells a secret:\n%v", err)
	}
}

func TestTLSListener(t *testing.T) {
	folder := t.TempDir()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(folder, "cert.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})), 0o600)
	writeFile(t, filepath.Join(folder, "key.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})), 0o600)
	cfg, err := Load(writeFile(t, filepath.Join(folder, "config.yaml"), `
sip:
  listen: ["udp://127.0.0.1:5060", "tls://127.0.0.1:5061"]
  tls: {cert_file: cert.pem, key_file: key.pem}
codes: {intercept: "", voicemail: ""}
`, 0o600))
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.SIP.Listen) != 1 {
		t.Errorf("listeners %v, want only the one that is served", cfg.SIP.Listen)
	}
	same(t, "inactive", cfg.Inactive, []string{"sip.listen[1] in line 3: tls is not listened on"})
}
