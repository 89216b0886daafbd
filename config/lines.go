package config

import "strings"

// lines knows the line of every key and list entry that is written in the file, by path.
type lines map[string]int

// of is the line of path, or of the nearest thing around it that is written; 0 if there is none.
func (l lines) of(path string) int {
	for ; path != ""; path = parent(path) {
		if line, ok := l[path]; ok {
			return line
		}
	}
	return 0
}

// parent is what a path lies in; "" for the whole file.
func parent(path string) string { return path[:max(strings.LastIndexAny(path, ".["), 0)] }
