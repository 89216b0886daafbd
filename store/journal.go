package store

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"ringtide/queue"
)

const (
	// segmentSize is where a segment ends, and segmentsKept how many of that size the journal may fill.
	segmentSize  = 64 << 20
	segmentsKept = 16
	// journalBacklog is the number of facts that wait for the disk before facts are dropped.
	journalBacklog = 8192
	// journalRest is how long a journal that cannot be written is left alone.
	journalRest = time.Second
)

// journal writes every fact with its orders, on a goroutine of its own. The exchange hands over values; encoding them is
// the goroutine's work.
type journal struct {
	folder    string
	size      int64
	log       *slog.Logger
	lines     chan entry
	wantImage atomic.Bool // the stream has a new beginning: the engine's image is wanted
	dropped   atomic.Int64
	give      chan struct{} // buffered: remove the oldest segment
	stop      chan struct{}
	done      chan struct{}

	// owned by the goroutine
	segment *segment // nil: none could be opened
	number  int      // of the newest segment
	rest    time.Time
}

// entry is one line to come: a fact with its orders, or an image.
type entry struct {
	at     time.Time
	fact   queue.Fact
	orders []queue.Order
	image  *queue.Image
}

// Journal takes a fact with the orders it caused; neither may be changed afterwards. It never blocks: when the disk lags
// the fact is dropped and counted. It returns true when the stream has a new beginning: JournalImage must follow before
// the next fact.
func (s *Store) Journal(at time.Time, f queue.Fact, orders []queue.Order) (wantsImage bool) {
	return s.journal.put(entry{at: at, fact: f, orders: orders})
}

// JournalImage takes the engine's image as it is after the last fact, for a new segment to begin with. It must not be
// changed afterwards.
func (s *Store) JournalImage(at time.Time, image queue.Image) {
	s.journal.put(entry{at: at, image: &image})
}

func openJournal(folder string, log *slog.Logger) (*journal, error) {
	j := &journal{
		folder: folder, size: segmentSize, log: log,
		lines: make(chan entry, journalBacklog),
		give:  make(chan struct{}, 1),
		stop:  make(chan struct{}),
		done:  make(chan struct{}),
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the journal: %w", err)
	}
	list, err := segments(folder)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	if len(list) > 0 {
		j.number = list[len(list)-1].number
	}
	j.wantImage.Store(true)
	go j.run()
	return j, nil
}

// put is called by the exchange only. An entry that finds no room makes a gap; after a gap the stream begins anew.
func (j *journal) put(e entry) (wantsImage bool) {
	select {
	case j.lines <- e:
	default:
		j.dropped.Add(1)
		j.wantImage.Store(true)
		return false // no room for an image either
	}
	return e.image == nil && j.wantImage.CompareAndSwap(true, false)
}

// giveWay makes room on a full disk for the records.
func (j *journal) giveWay() {
	select {
	case j.give <- struct{}{}:
	default:
	}
}

func (j *journal) close() {
	close(j.stop)
	<-j.done
}

func (j *journal) run() {
	defer close(j.done)
	defer j.endSegment()
	for {
		select {
		case e := <-j.lines:
			j.write(e)
		case <-j.give:
			j.removeOldest()
		case <-j.stop:
			j.writeWaiting()
			return
		}
		j.gather()
		j.writeWaiting()
		j.flush()
	}
}

// gather lets entries come together: to be woken for each would cost more than the work.
func (j *journal) gather() {
	rest := time.NewTimer(groupTime)
	defer rest.Stop()
	select {
	case <-rest.C:
	case <-j.stop:
	}
}

func (j *journal) writeWaiting() {
	for len(j.lines) > 0 {
		j.write(<-j.lines)
	}
}

// write adds an entry to the segment. If that is full, an image begins a new one.
func (j *journal) write(e entry) {
	if time.Now().Before(j.rest) {
		j.dropped.Add(1)
		return
	}
	if e.image != nil && j.segment != nil && j.segment.full {
		j.endSegment()
	}
	if err := j.add(e); err != nil {
		j.dropped.Add(1)
		j.fail(err)
	}
}

func (j *journal) add(e entry) error {
	if j.segment == nil {
		if err := j.newSegment(); err != nil {
			return err
		}
	}
	line, err := appendEntry(nil, e)
	if err != nil {
		return err
	}
	if err := j.segment.write(line); err != nil {
		return err
	}
	if j.segment.size >= j.size && !j.segment.full {
		j.segment.full = true
		j.wantImage.Store(true) // the next segment begins with it
	}
	if j.segment.size >= 2*j.size { // nobody gave an image
		j.endSegment()
	}
	return nil
}

func (j *journal) newSegment() (err error) {
	j.number++
	j.makeRoom()
	j.segment, err = createSegment(j.folder, j.number)
	return err
}

// fail leaves the disk alone for a while. The stream begins anew afterwards.
func (j *journal) fail(err error) {
	j.log.Warn("journal not written; facts are dropped", "for", journalRest, "err", err)
	j.rest = time.Now().Add(journalRest)
	j.endSegment()
	j.wantImage.Store(true)
}

func (j *journal) flush() {
	if j.segment == nil {
		return
	}
	if err := j.segment.flush(); err != nil {
		j.fail(err)
	}
}

func (j *journal) endSegment() {
	if j.segment == nil {
		return
	}
	if err := j.segment.close(); err != nil && !errors.Is(err, os.ErrClosed) {
		j.log.Warn("journal segment not complete", "segment", j.segment.path, "err", err)
	}
	j.segment = nil
}

// makeRoom removes the oldest segments until the journal has room for one more.
func (j *journal) makeRoom() {
	list, err := segments(j.folder)
	total := j.size
	for _, f := range list {
		total += f.size
	}
	for _, f := range list {
		if err != nil || total <= segmentsKept*j.size {
			break
		}
		err = os.Remove(f.path)
		total -= f.size
	}
	if err != nil {
		j.log.Warn("journal segment not removed", "err", err)
	}
}

// removeOldest removes one segment, but not the one being written.
func (j *journal) removeOldest() {
	list, err := segments(j.folder)
	if err == nil && len(list) > 0 && (j.segment == nil || list[0].path != j.segment.path) {
		err = os.Remove(list[0].path)
	}
	if err != nil {
		j.log.Warn("journal segment not removed", "err", err)
	}
}
