package config

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/crypto/argon2"

	"ringtide/sip"
)

// HashPassword is the form in which a password may stand in the file without being readable: ha1:MD5HEX:SHA256HEX. It
// holds only for this extension and this sip.domain. It refuses what Load would refuse as a plain password, apart from
// the name, which it does not know.
func HashPassword(extension, domain, password string) (string, error) {
	switch {
	case !isExtension(extension):
		return "", fmt.Errorf("hash the password: %q is no extension: 1 to 32 of A-Z a-z 0-9 . _ -", extension)
	case domain == "":
		return "", errors.New("hash the password: it is bound to sip.domain: name it")
	case len(password) < shortestPassword:
		return "", fmt.Errorf("hash the password: it is shorter than %d characters", shortestPassword)
	case password == extension:
		return "", errors.New("hash the password: it must not be the extension: it is the first that strangers try")
	}
	md5, sha256 := sip.HA1(extension, domain, password)
	return "ha1:" + md5 + ":" + sha256, nil
}

// Cost of a PIN's hash: the second recommendation of RFC 9106 cut to 19 MiB, so that a few can be checked at once on a
// small machine. A PIN has few digits: what protects it is the lock after five tries; the hash only buys time.
const (
	pinMemory  = 19 << 10 // KiB
	pinPasses  = 2
	pinThreads = 1
	pinSalt    = 16 // bytes
	pinKey     = 32 // bytes
)

const pinPrefix = "pin:"

var plainPIN = regexp.MustCompile(`^[0-9]{4,10}$`)

// HashPIN is the form in which a PIN may stand in the file without being readable: "pin:" and argon2id in PHC form. It
// refuses what Load would refuse as a plain PIN, apart from the extension, which it does not know.
func HashPIN(pin string) (string, error) {
	if err := checkPIN(pin); err != nil {
		return "", fmt.Errorf("hash the PIN: it %w", err)
	}
	salt := make([]byte, pinSalt)
	rand.Read(salt) // never fails
	h := hashedPIN{memory: pinMemory, passes: pinPasses, threads: pinThreads, salt: salt}
	h.key = h.derive(pin, pinKey)
	return h.String(), nil
}

// VerifyPIN reports whether pin is the one stored, plain or hashed. Nothing is equal to an empty or broken stored form.
// A hashed one takes tens of milliseconds and 19 MiB.
func VerifyPIN(stored, pin string) bool {
	if !isHashedPIN(stored) {
		return stored != "" && subtle.ConstantTimeCompare([]byte(stored), []byte(pin)) == 1
	}
	h, err := parseHashedPIN(stored)
	return err == nil && subtle.ConstantTimeCompare(h.derive(pin, uint32(len(h.key))), h.key) == 1
}

func checkPIN(pin string) error {
	if !plainPIN.MatchString(pin) {
		return errors.New("must be 4 to 10 digits")
	}
	if strings.Count(pin, pin[:1]) == len(pin) {
		return errors.New("must not be one digit again and again")
	}
	return nil
}

func isHashedPIN(text string) bool { return strings.HasPrefix(text, pinPrefix) }

type hashedPIN struct {
	memory, passes uint32
	threads        uint8
	salt, key      []byte
}

func (h hashedPIN) derive(pin string, length uint32) []byte {
	return argon2.IDKey([]byte(pin), h.salt, h.passes, h.memory, h.threads, length)
}

func (h hashedPIN) String() string {
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("%s$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", pinPrefix, argon2.Version, h.memory, h.passes,
		h.threads, encode(h.salt), encode(h.key))
}

// parseHashedPIN reads the stored form and refuses a cost that would stall or starve the machine.
func parseHashedPIN(text string) (hashedPIN, error) {
	bad := errors.New(`is no stored form: write what "ringtide hash" prints`)
	parts := strings.Split(strings.TrimPrefix(text, pinPrefix), "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return hashedPIN{}, bad
	}
	var h hashedPIN
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.passes, &h.threads); n != 3 || err != nil {
		return hashedPIN{}, bad
	}
	if h.memory > 256<<10 || h.passes < 1 || h.passes > 16 || h.threads < 1 || h.threads > 16 {
		return hashedPIN{}, bad
	}
	var saltErr, keyErr error
	h.salt, saltErr = base64.RawStdEncoding.DecodeString(parts[4])
	h.key, keyErr = base64.RawStdEncoding.DecodeString(parts[5])
	if saltErr != nil || keyErr != nil || len(h.salt) < 8 || len(h.key) < 16 || len(h.key) > 64 {
		return hashedPIN{}, bad
	}
	return h, nil
}
