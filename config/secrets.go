package config

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
)

// secret is a value that may stand in the file (KEY), in the environment (KEY_env) or in a file of its own (KEY_file).
type secret struct {
	Plain, Env, File string
	digest           [sha256.Size]byte // of what was found, so that Changed sees a new one behind the same name
}

func (s secret) given() bool { return s.Plain != "" || s.Env != "" || s.File != "" }

func (s *secret) fields(key string) []field {
	v := reflect.ValueOf(s).Elem()
	return []field{
		{key: key, value: v.Field(0)},
		{key: key + "_env", value: v.Field(1)},
		{key: key + "_file", value: v.Field(2)},
	}
}

// maxSecret is far above a chain of certificates.
const maxSecret = 1 << 20

// secret finds the value of a secret. It is false after a problem; a secret that is not given at all is none.
func (c *checker) secret(path string, s *secret) (text string, ok bool) {
	given := 0
	for _, form := range []string{s.Plain, s.Env, s.File} {
		if form != "" {
			given++
		}
	}
	switch {
	case given > 1:
		c.errorf(path, "is given more than once: keep one of it, its _env and its _file")
		return "", false
	case s.Env != "":
		text = os.Getenv(s.Env)
		if text == "" {
			c.errorf(path+"_env", "the environment variable %s is not set", s.Env)
			return "", false
		}
	case s.File != "":
		c.files = append(c.files, c.resolve(s.File))
		content, err := readSmall(c.resolve(s.File), maxSecret)
		if err != nil {
			c.errorf(path+"_file", "%v", err)
			return "", false
		}
		if text = strings.TrimRight(string(content), "\r\n"); text == "" {
			c.errorf(path+"_file", "%s is empty", s.File)
			return "", false
		}
	default:
		text = s.Plain
	}
	s.digest = sha256.Sum256([]byte(text))
	return text, !c.broken[path] && !c.broken[path+"_env"] && !c.broken[path+"_file"]
}

// resolve makes paths relative to the folder of the configuration file, so that it does not matter where the program
// is started.
func (c *checker) resolve(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(c.folder, path)
}

// readSmall reads a regular file of at most limit bytes: a pipe or a device could keep the start waiting for ever.
func readSmall(path string, limit int64) ([]byte, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if int64(len(content)) > limit {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, limit)
	}
	return content, nil
}

func openRegular(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	return os.Open(path)
}
