package inbox

import (
	"slices"
	"sync"
	"testing"
)

func TestOrderIsKept(t *testing.T) {
	b := New[int]()
	for round := range 3 {
		for i := range 5 {
			b.Put(round*5 + i)
		}
		<-b.Ready()
		want := []int{round * 5, round*5 + 1, round*5 + 2, round*5 + 3, round*5 + 4}
		if got := b.Take(); !slices.Equal(got, want) {
			t.Fatalf("round %d: took %v, want %v", round, got, want)
		}
	}
	if b.Len() != 0 || b.High() != 5 {
		t.Fatalf("len %d high %d, want 0 and 5", b.Len(), b.High())
	}
}

func TestTakenItemsAreForgotten(t *testing.T) {
	b := New[*int]()
	b.Put(new(int))
	first := b.Take()
	b.Take()
	b.Put(nil)
	b.Take()
	if first[:1][0] != nil {
		t.Fatal("an item taken two rounds ago is still referenced")
	}
}

func TestNothingIsLostUnderContention(t *testing.T) {
	b := New[int]()
	const writers, each = 8, 1000
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				b.Put(w*each + i)
			}
		})
	}
	last := make([]int, writers)
	for i := range last {
		last[i] = -1
	}
	for got := 0; got < writers*each; {
		<-b.Ready()
		for _, v := range b.Take() {
			if w := v / each; v%each != last[w]+1 {
				t.Fatalf("writer %d: %d after %d", w, v%each, last[w])
			} else {
				last[w] = v % each
			}
			got++
		}
	}
	wg.Wait()
}
