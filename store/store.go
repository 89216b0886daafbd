package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"ringtide/queue"
)

const (
	// groupTime is the time between two transactions: what a power cut can take from the records.
	groupTime = 100 * time.Millisecond
	// groupSize is the number of events in one transaction at most.
	groupSize = 2000
	// inMemory events wait for a disk that fails; older ones go to the emergency file.
	inMemory = 10_000
	// inMemoryLast is where the memory ends if the emergency file fails too: new events are lost, and counted.
	inMemoryLast = 200_000
	// patience is how long a stop or a start waits for a disk that fails.
	patience = 5 * time.Second
)

// Store writes records and journal, and reads records back. Its methods are safe from any goroutine unless they say
// otherwise.
type Store struct {
	*Reader
	conf    Config
	log     *slog.Logger
	lock    *os.File
	journal *journal

	mu       sync.Mutex
	incoming []item // not yet seen by the writer
	lastSeq  int64  // number of the newest event
	closed   bool
	trouble  trouble

	waiting atomic.Int64 // events in memory
	begun   atomic.Int64 // when the running transaction began, in nanoseconds since 1970; 0: none runs
	dropped atomic.Int64
	rescue  emergency
	wake    chan struct{} // incoming has something
	jobs    chan job
	stop    chan struct{}
	done    chan struct{} // the writer has ended

	endBackups context.CancelFunc
	backups    chan struct{} // closed when no more are made
}

// trouble is what keeps events from the database at this time.
type trouble struct {
	since time.Time // zero: none
	words string
}

// Open makes or opens the records in c.Path. Calls that the last run left open are ended with cause "interrupted". It
// refuses a database that is damaged, of a newer version, or in use by another server, and says what to do.
func Open(c Config, log *slog.Logger) (*Store, error) {
	if err := os.MkdirAll(c.Path, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of records: %w", err)
	}
	lock, err := lockFolder(c)
	if err != nil {
		return nil, err
	}
	s := &Store{
		conf: c, log: log, lock: lock,
		rescue: emergency{path: c.emergency()},
		wake:   make(chan struct{}, 1),
		jobs:   make(chan job),
		stop:   make(chan struct{}),
		done:   make(chan struct{}),

		backups: make(chan struct{}),
	}
	if err := s.open(); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return s, nil
}

func (s *Store) open() (err error) {
	if err := prepareDatabase(s.conf); err != nil {
		return err
	}
	if s.Reader, err = OpenReader(s.conf); err != nil {
		return err
	}
	if err := s.closeInterrupted(); err != nil {
		return errors.Join(err, s.Reader.Close())
	}
	if s.journal, err = openJournal(s.conf.journal(), s.log); err != nil {
		return errors.Join(err, s.Reader.Close())
	}
	go newWriter(s).run()
	var ctx context.Context
	ctx, s.endBackups = context.WithCancel(context.Background())
	go s.keepBackups(ctx)
	return nil
}

// Write takes the events of one step, which must not be changed afterwards. It never blocks and never fails: events wait
// in memory, then in the emergency file, until the database takes them.
func (s *Store) Write(at time.Time, events []queue.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.waiting.Load() >= inMemoryLast {
		s.dropped.Add(int64(len(events)))
		return
	}
	for _, e := range events {
		s.lastSeq++
		s.incoming = append(s.incoming, item{s.lastSeq, at, e})
	}
	s.waiting.Add(int64(len(events)))
	select {
	case s.wake <- struct{}{}:
	default: // it is awake
	}
}

// takeIncoming is the writer's.
func (s *Store) takeIncoming() []item {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.incoming
	s.incoming = nil
	return taken
}

// Close writes what waits, for five seconds at most, then puts it into the emergency file, and frees the folder.
func (s *Store) Close() error {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	s.mu.Unlock()
	if !first {
		return nil
	}
	s.endBackups()
	<-s.backups
	err := s.Reader.Close() // the writer must be the last: its end empties SQLite's log
	close(s.stop)
	s.journal.close()
	<-s.done
	if n := s.waiting.Load(); n > 0 {
		err = errors.Join(err, fmt.Errorf("close records: %d events are lost: %w", n, s.Healthy()))
	}
	return errors.Join(err, s.lock.Close())
}
