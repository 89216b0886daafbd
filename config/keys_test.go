package config

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// eachKey runs over every key of the structs, as a path such as groups[].hold.keys, with its default.
func eachKey(v reflect.Value, path string, see func(path, fallback string)) {
	for _, f := range fieldsOf(v) {
		at := join(path, f.key)
		element := f.value.Type()
		if element.Kind() == reflect.Slice && element.Elem().Kind() == reflect.Struct {
			see(at, f.fallback)
			eachKey(reflect.New(element.Elem()).Elem(), at+"[]", see)
			continue
		}
		if element.Kind() == reflect.Struct && !isScalar(f.value) {
			eachKey(f.value, at, see)
			continue
		}
		see(at, f.fallback)
	}
}

func keyPaths() map[string]string {
	keys := map[string]string{}
	eachKey(reflect.ValueOf(&file{}).Elem(), "", func(path, fallback string) { keys[path] = fallback })
	return keys
}

var index = regexp.MustCompile(`\[\d+\]`)

// The file of all keys holds every key that there is, so that none is accepted which nobody knows of.
func TestContractHoldsEveryKey(t *testing.T) {
	data, err := os.ReadFile("testdata/good/contract.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c := newChecker("contract.yaml")
	c.decode(data)
	written := map[string]bool{}
	for path := range c.lines {
		written[index.ReplaceAllString(path, "[]")] = true
	}
	for path := range keyPaths() {
		base := strings.TrimSuffix(strings.TrimSuffix(path, "_env"), "_file")
		if !written[path] && !written[base] && !written[base+"_file"] {
			t.Errorf("%s is not in the file", path)
		}
	}
}

// zeros is how the manual writes that there is no default but the zero value.
var zeros = []string{"–", "required", "the name", "`false`", "`0`", "`0s`"}

// The manual has a row for every key, with its default.
func TestManualHoldsEveryKey(t *testing.T) {
	data, err := os.ReadFile("../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	plain := strings.NewReplacer("'", "", `"`, "")
	rows := map[string]string{} // path to default
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| ([^|]*) \\| .* \\|$").FindAllStringSubmatch(string(data), -1) {
		rows[m[1]] = m[2]
	}
	keys := keyPaths()
	for path, fallback := range keys {
		row, ok := rows[path]
		if base := strings.TrimSuffix(strings.TrimSuffix(path, "_env"), "_file"); !ok && base != path {
			if _, ok := rows[base]; !ok {
				t.Errorf("no row for %s", base)
			}
			continue
		}
		if !ok {
			t.Errorf("no row for %s", path)
		} else if zero := slices.Contains(zeros, row); zero != (fallback == "") || !strings.Contains(plain.Replace(row), plain.Replace(fallback)) {
			t.Errorf("%s: the manual says %s, the default is %s", path, row, fallback)
		}
	}
	for path := range rows {
		if _, ok := keys[path]; !ok {
			t.Errorf("the manual has a row for %s, which is no key", path)
		}
	}
}
