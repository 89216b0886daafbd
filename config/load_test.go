package config

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// parse loads text as if it stood in a file of this folder.
func parse(text string) (*Config, error) { return newChecker("config.yaml").load([]byte(text)) }

// parseFile leaves out the look at the file's mode, which a checkout decides.
func parseFile(t *testing.T, file string) (*Config, error) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return newChecker(file).load(data)
}

func mustParse(t *testing.T, text string) *Config {
	t.Helper()
	cfg, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

var (
	wantLine = regexp.MustCompile(`(?m)^# want: (.*)$`)
	envLine  = regexp.MustCompile(`(?m)^# env: (\w+)=(.*)$`)
)

// wanted reads what the head of a test file expects: "LINE: PATH: TEXT" as Problem prints it after the file's name. A
// line may be left out with its colon.
func wanted(t *testing.T, file string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range envLine.FindAllStringSubmatch(string(data), -1) {
		t.Setenv(m[1], m[2])
	}
	var want []string
	for _, m := range wantLine.FindAllStringSubmatch(string(data), -1) {
		want = append(want, strings.TrimSpace(m[1]))
	}
	return want
}

// compare reports problems that nobody wants and wants that no problem meets.
func compare(t *testing.T, file string, problems Problems, want []string) {
	t.Helper()
	var got []string
	for _, p := range problems {
		got = append(got, strings.TrimSpace(strings.TrimPrefix(p.String(), file+":")))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %s\nwant %s", file, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

// Every bad file says in its first lines all that is wrong with it, and nothing else may be reported.
func TestBadFiles(t *testing.T) {
	files, _ := filepath.Glob("testdata/bad/*.yaml")
	if len(files) == 0 {
		t.Fatal("there are no bad files")
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			want := wanted(t, file)
			_, err := parseFile(t, file)
			var problems Problems
			if !errors.As(err, &problems) {
				t.Fatalf("the file was accepted, want %q", want)
			}
			compare(t, file, problems, want)
		})
	}
}

// Good files are accepted, with the warnings that their first lines name.
func TestGoodFiles(t *testing.T) {
	files, _ := filepath.Glob("testdata/good/*.yaml")
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			want := wanted(t, file)
			cfg, err := parseFile(t, file)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, file, cfg.Warnings, want)
		})
	}
}

func TestExampleLoadsWithoutRemark(t *testing.T) {
	cfg, err := Load("../config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.Warnings) > 0 {
		t.Error(cfg.Warnings)
	}
	if want := []string{"101 Alice", "102 Bob", "103 Carol"}; !slices.Equal(cfg.Summary.Users, want) {
		t.Errorf("users %q, want %q", cfg.Summary.Users, want)
	}
	if want := []string{"600 Sales: 101, 102 (evenly)", "601 Support: 103, 101 (everybody)"}; !slices.Equal(cfg.Summary.Groups, want) {
		t.Errorf("groups %q, want %q", cfg.Summary.Groups, want)
	}
}

func TestMissingFile(t *testing.T) {
	_, err := Load("testdata/none.yaml")
	if want := "testdata/none.yaml: read the configuration: stat testdata/none.yaml: no such file or directory"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"../config.yaml", "testdata/good/*.yaml", "testdata/bad/*.yaml"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		cfg, err := newChecker("testdata/fuzz.yaml").load(data)
		if (cfg == nil) == (err == nil) {
			t.Fatal("want a configuration or an error")
		}
		breaks := len(regexp.MustCompile("[\n\r\u0085\u2028\u2029]").FindAll(data, -1)) // as YAML 1.1 counts
		for _, p := range problemsOf(cfg, err) {
			if p.Text == "" || p.Line < 0 || p.Line > breaks+2 {
				t.Errorf("problem without text or with a line outside the file: %#v", p)
			}
		}
	})
}

func problemsOf(cfg *Config, err error) Problems {
	var problems Problems
	if errors.As(err, &problems) {
		return problems
	}
	return cfg.Warnings
}
