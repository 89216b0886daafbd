package config

import (
	"fmt"
	"reflect"
	"slices"

	"gopkg.in/yaml.v3"
)

// decoder fills the structs of file.go from YAML nodes. It reports everything that does not fit and goes on.
type decoder struct {
	lines    lines
	report   func(line int, path, text string)
	defaults map[string]*yaml.Node // by their YAML, read once
}

// value fills v from n. A value that does not fit leaves v as it is.
func (d decoder) value(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		d.report(n.Line, path, "anchors (&) and aliases (*) are not used here: write the value out, in quotes if it is text")
		return
	}
	switch target := v.Addr().Interface().(type) {
	case scalar:
		d.scalar(n, target, path)
		return
	case *oneOrMore:
		if n.Kind == yaml.ScalarNode {
			*target = make(oneOrMore, 1)
			d.value(n, v.Index(0), path)
			return
		}
	}
	switch v.Kind() {
	case reflect.Struct:
		d.structure(n, v, path)
	case reflect.Slice:
		d.list(n, v, path)
	case reflect.Map:
		d.dictionary(n, v, path)
	case reflect.String:
		d.text(n, v, path)
	case reflect.Bool:
		d.plain(n, v, path, "!!bool", "must be true or false")
	case reflect.Int:
		d.plain(n, v, path, "!!int", "must be a whole number")
	}
}

// structure fills the fields of v whose keys are written, and the others with their defaults.
func (d decoder) structure(n *yaml.Node, v reflect.Value, path string) {
	written := map[string]bool{}
	fields := fieldsOf(v)
	for key, value := range d.entries(n, path) {
		at := join(path, key)
		i := slices.IndexFunc(fields, func(f field) bool { return f.key == key })
		if i < 0 {
			d.report(d.lines.of(at), at, "unknown key"+suggest(key, keysOf(fields)))
			continue
		}
		if isNull(value) {
			continue
		}
		written[key] = true
		d.value(value, fields[i].value, at)
	}
	for _, f := range fields {
		if !written[f.key] {
			d.fallback(f)
		}
	}
}

func (d decoder) list(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.SequenceNode {
		d.report(n.Line, path, "must be a list: [one, two], or a line with a dash for each")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		at := fmt.Sprintf("%s[%d]", path, i)
		d.lines[at] = item.Line
		d.value(item, v.Index(i), at)
	}
}

func (d decoder) dictionary(n *yaml.Node, v reflect.Value, path string) {
	v.Set(reflect.MakeMap(v.Type()))
	for key, value := range d.entries(n, path) {
		element := reflect.New(v.Type().Elem()).Elem()
		d.value(value, element, join(path, key))
		v.SetMapIndex(reflect.ValueOf(key), element)
	}
}

// entries runs over the keys of a mapping and notes their lines.
func (d decoder) entries(n *yaml.Node, path string) func(yield func(string, *yaml.Node) bool) {
	return func(yield func(string, *yaml.Node) bool) {
		if n.Kind != yaml.MappingNode {
			d.report(n.Line, path, "must be a section of keys and values")
			return
		}
		seen := map[string]int{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			at := join(path, key.Value)
			switch first, twice := seen[key.Value]; {
			case key.Kind != yaml.ScalarNode || !isText(key):
				d.report(key.Line, at, "a key must be text: put it in quotes")
				continue
			case twice:
				d.report(key.Line, at, fmt.Sprintf("stands here twice; the first is in line %d", first))
				continue
			}
			seen[key.Value] = key.Line
			d.lines[at] = key.Line
			if !yield(key.Value, value) {
				return
			}
		}
	}
}

// text takes only what YAML takes for text (or a date): an unquoted 0049 would lose its zeros on the way. Messages do
// not quote the value, which may be a secret.
func (d decoder) text(n *yaml.Node, v reflect.Value, path string) {
	switch {
	case n.Kind != yaml.ScalarNode || isNull(n):
		d.report(n.Line, path, "must be text")
	case !isText(n):
		d.report(n.Line, path, "must be text: put it in quotes")
	default:
		v.SetString(n.Value)
	}
}

func (d decoder) plain(n *yaml.Node, v reflect.Value, path, tag, text string) {
	if n.Kind != yaml.ScalarNode || n.ShortTag() != tag || n.Decode(v.Addr().Interface()) != nil {
		d.report(n.Line, path, text)
	}
}

func (d decoder) scalar(n *yaml.Node, target scalar, path string) {
	text := n.Value
	if n.Kind != yaml.ScalarNode || isNull(n) {
		text = "no scalar"
	}
	if err := target.fromScalar(text); err != nil {
		d.report(n.Line, path, err.Error())
	}
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

func isText(n *yaml.Node) bool { return n.ShortTag() == "!!str" || n.ShortTag() == "!!timestamp" }

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
