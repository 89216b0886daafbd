package store

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/queue"
)

func TestJournalKnowsEveryFactAndOrder(t *testing.T) {
	for method, known := range map[string][]string{
		"fact":  slices.Sorted(maps.Keys(factDecoders)),
		"order": slices.Sorted(maps.Keys(orderDecoders)),
	} {
		if want := typesWith(t, method); !slices.Equal(known, want) {
			t.Errorf("%s: the journal knows %v, package queue has %v", method, known, want)
		}
	}
}

// typesWith lists the types of package queue that have this method.
func typesWith(t *testing.T, method string) (names []string) {
	files, err := filepath.Glob("../queue/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil && f.Name.Name == method {
				if value, ok := f.Recv.List[0].Type.(*ast.Ident); ok { // facts and orders are values
					names = append(names, value.Name)
				}
			}
		}
	}
	slices.Sort(names)
	return names
}

func TestEveryLineComesBackAsWritten(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var orders []queue.Order
	for _, decode := range orderDecoders {
		orders = append(orders, randomOf(t, random, decode))
	}
	for name, decode := range factDecoders {
		for range 20 {
			roundTrip(t, name, entry{at: noon.Add(123456789), fact: randomOf(t, random, decode), orders: orders[:random.IntN(len(orders)+1)]})
		}
	}
	for range 20 {
		var image queue.Image
		fill(random, &image)
		roundTrip(t, "image", entry{at: noon, image: &image})
	}
}

// randomOf makes a random value of the type that a decoder decodes.
func randomOf[I any](t *testing.T, random *rand.Rand, decode func(json.RawMessage) (I, error)) I {
	t.Helper()
	zero, err := decode([]byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	p := reflect.New(reflect.TypeOf(zero))
	fill(random, p.Interface())
	return p.Elem().Interface().(I)
}

func roundTrip(t *testing.T, name string, e entry) {
	t.Helper()
	text, err := appendEntry(nil, e)
	if err != nil {
		t.Fatal(name, err)
	}
	if strings.Count(string(text), "\n") != 1 {
		t.Fatalf("%s is not one line: %s", name, text)
	}
	got, err := parseLine(text)
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, text)
	}
	if len(e.orders) == 0 {
		e.orders = nil
	}
	want := Entry{At: e.at, Fact: e.fact, Orders: e.orders, Image: e.image}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%s\ngot  %+v\nwant %+v\nline %s", name, got, want, text)
	}
}

// mustJournal opens a journal with small segments, closed by the function returned.
func mustJournal(t *testing.T, c Config, size int64) (*journal, func()) {
	t.Helper()
	if err := os.MkdirAll(c.Path, 0o700); err != nil {
		t.Fatal(err)
	}
	j, err := openJournal(c.journal(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	j.size = size
	return j, j.close
}

func entries(t *testing.T, c Config) (list []Entry) {
	t.Helper()
	j, err := OpenJournal(c)
	if err != nil {
		t.Fatal(err)
	}
	for e, err := range j.Entries() {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, e)
	}
	return list
}

// feed hands facts over as the exchange does, waiting for the journal so that none is dropped.
func feed(j *journal, from, to int) {
	for i := from; i < to; i++ {
		if j.put(entry{at: noon, fact: queue.PromptEnded{Call: "c1", Prompt: strings.Repeat("x", i)}}) {
			j.put(entry{at: noon, image: &queue.Image{Seed: uint64(i)}})
		}
	}
}

func TestSegmentsBeginWithAnImageAndTheOldestGo(t *testing.T) {
	c := Config{t.TempDir()}
	const size = 64 << 10
	synctest.Test(t, func(t *testing.T) {
		for range 2 { // the second run goes on with the numbers
			j, end := mustJournal(t, c, size)
			for range 300 {
				feed(j, 400, 410)
				<-time.After(groupTime)
			}
			end()
		}
	})
	list, err := segments(c.journal())
	if err != nil {
		t.Fatal(err)
	}
	total, withoutImage := int64(0), 0
	for i, f := range list {
		total += f.size
		if i > 0 && f.number != list[i-1].number+1 {
			t.Errorf("segment %d follows %d", f.number, list[i-1].number)
		}
		if !beginsWithImage(t, f) {
			withoutImage++
		}
	}
	if list[0].number == 1 || total > segmentsKept*(size+8<<10) || total < (segmentsKept-2)*size {
		t.Errorf("%d segments of %d bytes from number %d", len(list), total, list[0].number)
	}
	if withoutImage > 1 {
		t.Errorf("%d segments without image; only the first of the second run may be", withoutImage)
	}
}

func beginsWithImage(t *testing.T, f segmentFile) bool {
	for e, err := range segmentEntries(f.path) {
		if err != nil {
			t.Fatal(err)
		}
		return e.Image != nil
	}
	return false
}

func TestReplayCanGoOnAfterAGap(t *testing.T) {
	c := Config{t.TempDir()}
	stuck := &journal{lines: make(chan entry, 3)}
	stuck.wantImage.Store(true)
	feed(stuck, 0, 5)
	if stuck.dropped.Load() == 0 || !stuck.wantImage.Load() {
		t.Errorf("dropped %d, image wanted %v", stuck.dropped.Load(), stuck.wantImage.Load())
	}
	j, end := mustJournal(t, c, segmentSize)
	feed(j, 0, 2)
	j.wantImage.Store(true) // as a drop does
	feed(j, 2, 4)
	end()
	var kinds []string
	for _, e := range entries(t, c) {
		if e.Image != nil {
			kinds = append(kinds, "image")
		} else {
			kinds = append(kinds, "fact")
		}
	}
	if got := strings.Join(kinds, " "); got != "fact image fact fact image fact" {
		t.Error(got)
	}
}

func TestTornLineIsLeftOut(t *testing.T) {
	c := Config{t.TempDir()}
	j, end := mustJournal(t, c, segmentSize)
	feed(j, 0, 3)
	end()
	list, err := segments(c.journal())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(list[0].path, list[0].size-3); err != nil {
		t.Fatal(err)
	}
	j, end = mustJournal(t, c, segmentSize)
	feed(j, 3, 4)
	end()
	if got := entries(t, c); len(got) != 5 { // fact, image, fact of the first run; fact, image of the second
		t.Errorf("%d entries: %v", len(got), got)
	}
}

func TestJournalGivesWayOnAFullDisk(t *testing.T) {
	c := Config{t.TempDir()}
	for range 3 {
		j, end := mustJournal(t, c, segmentSize)
		feed(j, 0, 1)
		end()
	}
	s := mustOpen(t, c)
	fillDatabase(t, s)
	s.Write(noon, manyCalls(500))
	eventually(t, func() bool { list, _ := segments(c.journal()); return len(list) == 0 })
	emptyDatabase(t, s)
	s.settle()
}

func TestEntryReadsWell(t *testing.T) {
	e := Entry{At: noon, Fact: queue.CallerLeft{Call: "c1"}, Orders: []queue.Order{queue.Release{Call: "c1", Cause: queue.CauseAbandoned}}}
	want := "2026-03-01T12:00:00.000Z " + e.Fact.String() + "\n    " + e.Orders[0].String()
	if got := e.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := (Entry{At: noon.Add(time.Second), Image: &queue.Image{}}).String(); got != "2026-03-01T12:00:01.000Z image of the engine" {
		t.Error(got)
	}
}
