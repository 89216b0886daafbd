package config

import (
	"strings"
	"testing"
)

func TestHashPasswordIsWhatLoadMakesOfThePlainOne(t *testing.T) {
	stored := mustHash(t, "101", "ringtide.local", "correct horse")
	plain := mustParse(t, `users: [{extension: "101", password: correct horse}]`).SIP.Users
	hashed := mustParse(t, `users: [{extension: "101", password: "`+stored+`"}]`).SIP.Users
	same(t, "users", hashed, plain)
	upper := mustParse(t, `users: [{extension: "101", password: "ha1:`+strings.ToUpper(stored[4:])+`"}]`).SIP.Users
	same(t, "users with secrets in capitals", upper, plain)
}

func mustHash(t *testing.T, extension, domain, password string) string {
	t.Helper()
	stored, err := HashPassword(extension, domain, password)
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

func TestHashPasswordRefusesWeakOnes(t *testing.T) {
	for _, c := range [][3]string{
		{"1 01", "pbx.test", "correct horse"}, {"", "pbx.test", "correct horse"}, {"..", "pbx.test", "correct horse"},
		{"101", "", "correct horse"}, {"101", "pbx.test", "short"}, {"12345678", "pbx.test", "12345678"},
	} {
		if stored, err := HashPassword(c[0], c[1], c[2]); err == nil {
			t.Errorf("%q makes %s", c, stored)
		}
	}
}

func TestHashPIN(t *testing.T) {
	stored, err := HashPIN("4711")
	if err != nil {
		t.Fatal(err)
	}
	again, _ := HashPIN("4711")
	if stored == again {
		t.Error("two hashes of one PIN are the same: the salt does not vary")
	}
	cfg := mustParse(t, `users: [{extension: "101", password: secret, pin: "`+stored+`"}]`)
	if !VerifyPIN(cfg.Users[0].PIN, "4711") || VerifyPIN(cfg.Users[0].PIN, "4712") || VerifyPIN(cfg.Users[0].PIN, "") {
		t.Errorf("%s does not tell the right PIN from a wrong one", stored)
	}
}

func TestVerifyPlainPIN(t *testing.T) {
	for _, c := range []struct {
		stored, pin string
		want        bool
	}{
		{"4711", "4711", true}, {"4711", "471", false}, {"4711", "", false}, {"", "", false},
		{"pin:", "", false}, {"pin:4711", "4711", false}, {"pin:4711", "pin:4711", false},
	} {
		if got := VerifyPIN(c.stored, c.pin); got != c.want {
			t.Errorf("VerifyPIN(%q, %q) = %v", c.stored, c.pin, got)
		}
	}
}

func TestHashPINRefusesWhatLoadRefuses(t *testing.T) {
	for pin, want := range map[string]string{
		"123":  "hash the PIN: it must be 4 to 10 digits",
		"8888": "hash the PIN: it must not be one digit again and again",
	} {
		if _, err := HashPIN(pin); err == nil || err.Error() != want {
			t.Errorf("HashPIN(%q): %v, want %s", pin, err, want)
		}
	}
}

// The test vector of the stored form was made by the reference implementation of argon2 (phc-winner-argon2, test.c:
// version 19, t=2, m=2^16, p=1, "password", "somesalt").
func TestParseHashedPIN(t *testing.T) {
	const stored = "pin:$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	h, err := parseHashedPIN(stored)
	if err != nil {
		t.Fatal(err)
	}
	if h.String() != stored {
		t.Errorf("printed %s, read %s", h, stored)
	}
	if !VerifyPIN(stored, "password") {
		t.Error("the vector of the reference implementation does not verify")
	}
	for _, bad := range []string{
		"pin:", "pin:$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$AAAA", strings.Replace(stored, "v=19", "v=16", 1),
		strings.Replace(stored, "t=2", "t=0", 1), strings.Replace(stored, "p=1", "p=0", 1),
		strings.Replace(stored, "m=65536", "m=4294967295", 1), strings.Replace(stored, "m=65536", "m=x", 1),
		strings.Replace(stored, "c29tZXNhbHQ", "!", 1), stored + "$", stored[:len(stored)-30],
	} {
		if _, err := parseHashedPIN(bad); err == nil {
			t.Errorf("%s was accepted", bad)
		}
	}
}
