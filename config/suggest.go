package config

import (
	"fmt"
	"iter"
)

// suggest is ` (did you mean "NEAREST"?)`, or "" if no candidate is near enough to be meant.
func suggest(word string, candidates iter.Seq[string]) string {
	best, distance := "", len(word)/3+2
	for c := range candidates {
		if d := editDistance(word, c); d < distance || d == distance && best != "" && c < best {
			best, distance = c, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}

// editDistance counts the bytes to insert, delete or replace to make b of a (Levenshtein). Words far longer than a name
// are not compared.
func editDistance(a, b string) int {
	const longest = 64
	if len(a) > longest || len(b) > longest {
		return longest
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
