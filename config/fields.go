package config

import (
	"iter"
	"maps"
	"reflect"

	"gopkg.in/yaml.v3"
)

// field is one key of a struct.
type field struct {
	key      string
	fallback string // YAML; "": the zero value, and for a struct the defaults of its own keys
	value    reflect.Value
}

// fieldsOf lists the keys of a struct. A secret is three.
func fieldsOf(v reflect.Value) []field {
	var fields []field
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		f := field{key: tag.Get("yaml"), fallback: tag.Get("default"), value: v.Field(i)}
		if s, ok := f.value.Addr().Interface().(*secret); ok {
			fields = append(fields, s.fields(f.key)...)
			continue
		}
		fields = append(fields, f)
	}
	return fields
}

func keysOf(fields []field) iter.Seq[string] {
	keys := map[string]bool{}
	for _, f := range fields {
		keys[f.key] = true
	}
	return maps.Keys(keys)
}

// fallback gives the field the value of its tag. A tag that does not fit is a mistake in file.go.
func (d decoder) fallback(f field) {
	node := &yaml.Node{Kind: yaml.MappingNode}
	switch {
	case f.fallback != "":
		node = d.defaultNode(f.fallback)
	case f.value.Kind() != reflect.Struct || isScalar(f.value):
		return
	}
	d.lines = lines{} // what is not written has no line
	d.report = func(_ int, _, text string) { panic("default of " + f.key + ": " + text) }
	d.value(node, f.value, "")
}

func (d decoder) defaultNode(text string) *yaml.Node {
	if node, ok := d.defaults[text]; ok {
		return node
	}
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		panic(err)
	}
	d.defaults[text] = document.Content[0]
	return document.Content[0]
}

// isScalar reports whether a field is written as one word although it is a struct.
func isScalar(v reflect.Value) bool {
	return reflect.PointerTo(v.Type()).Implements(reflect.TypeFor[scalar]())
}
