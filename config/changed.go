package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// needsRestart are the keys that are read only when the program starts: sockets, the realm and the database are for life.
var needsRestart = []string{"sip.listen", "sip.domain", "sip.public_ip", "media.ports", "store.path", "web.listen"}

// Changed lists what differs between two files, one line for people each, such as
//
//	groups[sales].rings: 4 is now 6
//	users[104]: added
//	sip.listen: [udp://…] is now [udp://…] (needs a restart)
//
// Secrets are not shown. Lists of things with names are compared by name, and only their order is told otherwise.
func Changed(old, new *Config) []string {
	var changes []string
	differences("", reflect.ValueOf(old.file), reflect.ValueOf(new.file), func(path, text string) {
		if slices.Contains(needsRestart, path) {
			text += " (needs a restart)"
		}
		changes = append(changes, path+": "+text)
	})
	return changes
}

func differences(path string, old, new reflect.Value, say func(path, text string)) {
	switch {
	case reflect.DeepEqual(old.Interface(), new.Interface()):
	case old.Type() == reflect.TypeFor[secret]():
		say(path, "changed")
	case old.Kind() == reflect.Struct && !isScalar(old):
		for i := range old.NumField() {
			key := old.Type().Field(i).Tag.Get("yaml")
			differences(join(path, key), old.Field(i), new.Field(i), say)
		}
	case old.Kind() == reflect.Slice && old.Type().Elem().Kind() == reflect.Struct:
		listDifferences(path, old, new, say)
	default:
		say(path, fmt.Sprintf("%s is now %s", shown(old), shown(new)))
	}
}

// listDifferences compares entries by their first key, which names them.
func listDifferences(path string, old, new reflect.Value, say func(path, text string)) {
	before, after := entriesByName(old), entriesByName(new)
	for _, name := range before.names {
		at := path + "[" + name + "]"
		if entry, stays := after.entries[name]; stays {
			differences(at, before.entries[name], entry, say)
		} else {
			say(at, "removed")
		}
	}
	var kept []string
	for _, name := range after.names {
		if _, was := before.entries[name]; was {
			kept = append(kept, name)
		} else {
			say(path+"["+name+"]", "added")
		}
	}
	was := slices.DeleteFunc(before.names, func(name string) bool { return !slices.Contains(kept, name) })
	if !slices.Equal(was, kept) {
		say(path, "in another order")
	}
}

type namedEntries struct {
	names   []string // in the order of the file
	entries map[string]reflect.Value
}

// entriesByName counts up names that occur twice, as the same number may for two trunks.
func entriesByName(list reflect.Value) namedEntries {
	n := namedEntries{entries: map[string]reflect.Value{}}
	for i := range list.Len() {
		entry := list.Index(i)
		name := entry.Field(0).String()
		for count := 2; n.entries[name].IsValid(); count++ {
			name = fmt.Sprintf("%s #%d", entry.Field(0), count)
		}
		n.names = append(n.names, name)
		n.entries[name] = entry
	}
	return n
}

// shown is a value as the file would write it.
func shown(v reflect.Value) string {
	switch value := v.Interface().(type) {
	case fmt.Stringer:
		return value.String()
	case string:
		if value == "" {
			return `""`
		}
		return value
	case map[string]string, map[string][]string:
		return strings.TrimPrefix(fmt.Sprint(value), "map")
	}
	return fmt.Sprint(v.Interface())
}
