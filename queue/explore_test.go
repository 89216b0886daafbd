package queue

import (
	"flag"
	"fmt"
	"runtime/debug"
	"slices"
	"testing"
	"time"
)

var exploreStates = flag.Int("explore.states", defaultExploreStates, "how many states of each small world the exploration visits; 0: all of them")

// TestExploration plays every order of moves on small boards: breadth first, so that what it finds it finds on the shortest
// way. Boards with the same key are visited once. After every step the oracle and the audit look at everything, and from
// every board the way home (all arrives, all leave) must end on an empty board where nothing is left behind.
func TestExploration(t *testing.T) {
	percent, limit := debug.SetGCPercent(400), debug.SetMemoryLimit(2<<30) // boards are made and forgotten by the million
	t.Cleanup(func() { debug.SetGCPercent(percent); debug.SetMemoryLimit(limit) })
	for _, g := range games() {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			begin := time.Now()
			x := explore(g, *exploreStates)
			if x.fault != "" {
				t.Fatalf("%s\nafter %d moves; as a golden conversation:\n\n%s", x.fault, len(x.path), golden(t, conversation(g, x.path)))
			}
			far := "all of them"
			if !x.complete {
				far = fmt.Sprintf("every one within %d moves", x.depth)
			}
			t.Logf("%d states, %d moves, %s, in %v", len(x.nodes), x.moves, far, time.Since(begin).Round(time.Millisecond))
		})
	}
}

// exploration is what is known of a game.
type exploration struct {
	game     *game
	nodes    []node
	known    map[key]int32
	waiting  []*board // of the last nodes, not yet expanded; nil: it was not kept
	kept     int
	moves    int
	depth    int // every board within so many moves was expanded
	complete bool
	fault    string
	path     []move // to the fault
	buffer   []byte
}

// node is a board that was reached, and how.
type node struct {
	parent int32
	home   int32 // where the first move leads; or one of the two below
	depth  int32
	move   move
}

const (
	unplayed int32 = -1
	empty    int32 = -2
)

// explore visits boards until it has seen all, or limit of them.
func explore(g *game, limit int) *exploration {
	x := &exploration{game: g, known: map[key]int32{}}
	x.arrive(newBoard(g), -1, move{})
	for first := 0; len(x.waiting) > 0 && x.fault == ""; first++ {
		if limit > 0 && len(x.nodes) >= limit {
			x.homeward()
			return x
		}
		b := x.next(int32(first))
		x.depth = int(x.nodes[first].depth)
		x.expand(int32(first), b)
	}
	x.complete = x.fault == ""
	x.homeward()
	return x
}

// boardsKept is how many boards wait in memory, some 20 kB each; the others are played again.
const boardsKept = 15_000

func (x *exploration) next(at int32) *board {
	b := x.waiting[0]
	x.waiting[0] = nil
	x.waiting = x.waiting[1:]
	if b != nil {
		x.kept--
		return b
	}
	b = newBoard(x.game)
	for _, m := range x.pathTo(at) {
		b.play(m)
	}
	return b
}

// keep puts a new board at the end of those to be expanded.
func (x *exploration) keep(b *board) {
	if x.kept == boardsKept {
		x.waiting = append(x.waiting, nil)
		return
	}
	x.kept++
	x.waiting = append(x.waiting, b)
}

// expand makes every move from a board.
func (x *exploration) expand(at int32, b *board) {
	moves := b.moves()
	if at%32 == 0 {
		x.sameFromImage(at, b, moves)
	}
	for i, m := range moves {
		next := b
		if i < len(moves)-1 { // the last one goes on with the engine itself, the others with one loaded from its image
			next = b.copy()
		}
		next.play(m)
		x.moves++
		to := x.arrive(next, at, m)
		if x.fault != "" {
			return
		}
		if i == 0 && x.nodes[at].home != empty {
			x.nodes[at].home = to
		}
	}
}

// arrive notes the board that a move has led to.
func (x *exploration) arrive(b *board, from int32, m move) int32 {
	var k key
	k, x.buffer = b.key(x.buffer)
	if at, seen := x.known[k]; seen && b.fault == "" {
		return at
	}
	n := node{parent: from, home: unplayed, move: m}
	if from >= 0 {
		n.depth = x.nodes[from].depth + 1
	}
	if b.empty() {
		n.home = empty
		b.end()
	}
	at := int32(len(x.nodes))
	x.known[k] = at
	x.nodes = append(x.nodes, n)
	x.keep(b)
	if b.fault != "" {
		x.broken(b.fault, at)
	}
	return at
}

func (x *exploration) broken(fault string, at int32, more ...move) {
	if x.fault == "" {
		x.fault, x.path = fault, append(x.pathTo(at), more...)
	}
}

func (x *exploration) pathTo(at int32) []move {
	var path []move
	for ; x.nodes[at].parent >= 0; at = x.nodes[at].parent {
		path = append(path, x.nodes[at].move)
	}
	slices.Reverse(path)
	return path
}

// sameFromImage compares the engine with one loaded from its image (S12), and tells it what is long over (S11).
func (x *exploration) sameFromImage(at int32, b *board, moves []move) {
	c := b.copy()
	for _, f := range staleFacts(c) {
		before, _ := c.key(nil)
		orders := c.e.Step(c.e.now, f)
		if after, _ := c.key(nil); after != before || len(orders) > 0 {
			x.broken(fmt.Sprintf("S11: %v, long over, orders %v", f, orders), at)
		}
	}
	if len(moves) == 0 {
		return
	}
	m := moves[int(at/32)%len(moves)]
	c = b.copy()
	c.play(m)
	d := b.copy().copy()
	d.play(m)
	k, _ := c.key(nil)
	if same, _ := d.key(nil); same != k {
		x.broken("S12: the loaded engine goes another way", at, m)
	}
}

// staleFacts are about an attempt that nothing names any more, and about calls that have ended.
func staleFacts(b *board) []Fact {
	var facts []Fact
	for i := range b.calls {
		id := b.script[i].Call
		if b.calls[i].stage != outside {
			const old = 1 << 30
			facts = append(facts, AttemptAnswered{id, old}, AttemptFailed{id, old, Rejected, 486}, Connected{id, old}, TalkEnded{id, old, ByTarget, true, false})
		}
		if b.calls[i].stage == gone {
			facts = append(facts, CallerLeft{id}, CallEnded{id}, MessageLeft{Call: id, Message: "m"}, CallGivenUp{id, CauseMedia})
		}
	}
	return facts
}

// homeward checks that from every board the way home ends on an empty one.
func (x *exploration) homeward() {
	first := len(x.nodes) - len(x.waiting)
	for i, b := range x.waiting { // not expanded: go the way
		if b != nil && x.fault == "" && i%16 == 0 {
			x.walkHome(int32(first+i), b)
		}
	}
	x.waiting = nil
	const unknown, walked, good = 0, 1, 2
	state := make([]byte, len(x.nodes))
	for i := range x.nodes {
		at := int32(i)
		var way []int32
		for at >= 0 && state[at] == unknown {
			state[at] = walked
			way = append(way, at)
			at = x.nodes[at].home
		}
		if at >= 0 && state[at] == walked {
			x.broken("the way home goes round in a circle", at)
			return
		}
		for _, n := range way {
			state[n] = good
		}
	}
}

func (x *exploration) walkHome(at int32, b *board) {
	var way []move
	for !b.empty() {
		m := b.moves()[0]
		way = append(way, m)
		b.play(m)
		if b.fault != "" || len(way) > 500 {
			x.broken("on the way home: "+b.fault, at, way...)
			return
		}
	}
	b.end()
	if b.fault != "" {
		x.broken(b.fault, at, way...)
	}
}
