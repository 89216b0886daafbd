package store

import (
	"os"
	"strings"
	"testing"
	"time"
)

// TestDocumentedQueries runs the examples of docs/records.md.
func TestDocumentedQueries(t *testing.T) {
	text, err := os.ReadFile("../docs/records.md")
	must(t, err)
	s := told(t, append(answeredCall("c1", 1), missedCall("c2", "+49170")...)...)
	writeApart(s, time.Now(), answeredCall("c3", 5)...)
	s.settle()
	wantRows := []int{1, 1, 2, 2, 0, 0} // of the examples in their order
	examples := strings.Split(string(text), "```sql\n")[1:]
	if len(examples) != len(wantRows) {
		t.Fatalf("%d examples", len(examples))
	}
	for i, example := range examples {
		query, _, _ := strings.Cut(example, "```")
		rows, err := s.db.Query(query)
		must(t, err)
		n := 0
		for rows.Next() {
			n++
		}
		must(t, rows.Err())
		rows.Close()
		if n != wantRows[i] {
			t.Errorf("%d rows, want %d: %s", n, wantRows[i], query)
		}
	}
}
