package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxFile bounds the configuration file; tens of thousands of users fit in.
const maxFile = 32 << 20

// Load reads the file at path, checks it and fills in the defaults. The error is of type Problems and holds all there
// are, warnings too. Relative paths in the file are relative to its folder.
func Load(path string) (*Config, error) {
	data, err := readSmall(path, maxFile)
	if err != nil {
		return nil, Problems{{File: path, Text: "read the configuration: " + err.Error()}}
	}
	c := newChecker(path)
	if info, err := os.Stat(path); err == nil {
		c.worldReadable = info.Mode().Perm()&0o004 != 0
	}
	return c.load(data)
}

func (c *checker) load(data []byte) (*Config, error) {
	c.decode(data)
	cfg := c.join()
	c.problems.sort()
	if c.problems.fatal() {
		return nil, c.problems
	}
	cfg.Warnings = c.problems
	return cfg, nil
}

// decode fills c.file: only with defaults if the file is empty or is not YAML at all.
func (c *checker) decode(data []byte) {
	d := decoder{c.lines, c.broke, map[string]*yaml.Node{}}
	root := &yaml.Node{Kind: yaml.MappingNode}
	documents := yaml.NewDecoder(strings.NewReader(string(data)))
	var document, second yaml.Node
	switch err := documents.Decode(&document); {
	case errors.Is(err, io.EOF):
	case err != nil:
		c.syntax(err, data)
	default:
		if !isNull(document.Content[0]) {
			root = document.Content[0]
		}
		if err := documents.Decode(&second); err == nil {
			c.broke(second.Line, "", "a second document (---) is not read: put everything into one")
		} else if !errors.Is(err, io.EOF) {
			c.syntax(err, data)
		}
	}
	d.value(root, reflect.ValueOf(&c.file).Elem(), "")
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// syntax reports what the YAML library could not read, at its line.
func (c *checker) syntax(err error, data []byte) {
	line, text := 0, err.Error()
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = text[len(m[0]):]
	}
	if at := strings.Split(string(data), "\n"); line > 0 && line <= len(at) && strings.HasPrefix(at[line-1], "\t") {
		text += " (YAML is indented with spaces, not tabs)"
	}
	c.problems = append(c.problems, Problem{File: c.name, Line: line, Text: "this is not YAML: " + text})
}

// checker carries what every check needs: the decoded file, the lines, the names that exist, and the problems so far.
type checker struct {
	name          string // of the file, as given
	folder        string
	worldReadable bool
	file          file
	lines         lines
	broken        map[string]bool // paths whose value could not be decoded: what follows from that is not said
	names         names
	files         []string // see Config.Files
	problems      Problems
}

func newChecker(path string) *checker {
	return &checker{name: path, folder: filepath.Dir(path), lines: lines{}, broken: map[string]bool{}}
}

func (c *checker) broke(line int, path, text string) {
	c.broken[path] = true
	c.problems = append(c.problems, Problem{File: c.name, Line: line, Path: path, Text: text})
}

func (c *checker) errorf(path, format string, args ...any) { c.add(false, path, format, args...) }

func (c *checker) warnf(path, format string, args ...any) { c.add(true, path, format, args...) }

func (c *checker) add(warning bool, path, format string, args ...any) {
	for around := path; around != ""; around = parent(around) {
		if c.broken[around] {
			return
		}
	}
	c.problems = append(c.problems, Problem{
		File: c.name, Line: c.lines.of(path), Path: path, Text: fmt.Sprintf(format, args...), Warning: warning,
	})
}

// written reports whether the file itself holds this key.
func (c *checker) written(path string) bool {
	_, ok := c.lines[path]
	return ok
}
