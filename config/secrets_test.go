package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

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
	same(t, "files that matter", cfg.Files, []string{filepath.Join(folder, "password")})
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
