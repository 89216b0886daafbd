package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"unicode"

	"ringtide/store"
)

// withStory adds the flags of replay. They are read back from the flag set.
func withStory(c *context) {
	c.flags.String("call", "", "only the story of the call `ID`")
	c.flags.Bool("why", false, "say why callers wait: with --call for each agent of the group, else for idle ones")
}

// replay runs the journal through the engine again and shows it fact by fact. It ends at the first fact at which the engine
// orders anything else than it did then.
func replay(c *context) int {
	j, code := openJournal(c)
	if code != exitOK {
		return code
	}
	r := &retold{out: bufio.NewWriter(c.out), call: c.flags.Lookup("call").Value.String(), why: c.flags.Lookup("why").Value.String() == "true"}
	err := r.tell(j)
	if flushed := r.out.Flush(); err == nil {
		err = flushed
	}
	if err != nil {
		fmt.Fprintln(c.errs, "ringtide:", err)
		return exitFailure
	}
	return exitOK
}

// openJournal opens the files named, or the journal of the configuration's store.
func openJournal(c *context) (*store.Journal, int) {
	if c.flags.NArg() > 0 {
		return store.OpenSegments(c.flags.Args()...), exitOK
	}
	cfg, code := load(c)
	if code != exitOK {
		return nil, code
	}
	j, err := store.OpenJournal(cfg.Store)
	if errors.Is(err, fs.ErrNotExist) || err == nil && j.Empty() {
		err = fmt.Errorf("no journal in %s: start the server once", cfg.Store.Path)
	}
	if err != nil {
		fmt.Fprintln(c.errs, "ringtide:", err)
		return nil, exitFailure
	}
	return j, exitOK
}

// retold is a journal being told.
type retold struct {
	out             *bufio.Writer
	call            string
	why             bool
	facts, compared int
	shown           bool
}

func (r *retold) tell(j *store.Journal) error {
	for e, err := range j.Replay() {
		if err != nil {
			return err
		}
		if e.Fact != nil {
			r.facts++
		}
		if e.Compared {
			r.compared++
		}
		if err := r.show(e); err != nil {
			return err
		}
		if !e.Same() {
			return fmt.Errorf("fact %d goes differently now (- recorded, + now): another version wrote the journal, or this is a fault", r.facts)
		}
	}
	switch {
	case r.call != "" && !r.shown:
		return fmt.Errorf("no call %s in the journal", r.call)
	case r.compared == 0:
		return fmt.Errorf("nothing to compare: no fact follows an image of the engine")
	}
	return r.line("%d facts, %d of them run through the engine: it orders what is recorded", r.facts, r.compared)
}

// show tells an entry if it belongs to the story, and in any case one that goes differently.
func (r *retold) show(e store.Replayed) error {
	call := r.call
	switch {
	case !e.Same():
		call = ""
	case !e.About(call):
		return nil
	}
	r.shown = true
	if err := r.line("%s", e.Story(call)); err != nil || !r.why {
		return err
	}
	for _, why := range e.Why(r.call) {
		if err := r.line("    ? %s", why); err != nil {
			return err
		}
	}
	return nil
}

// line writes text without what would upset a terminal: journals come from elsewhere, too.
func (r *retold) line(format string, a ...any) error {
	text := strings.Map(func(c rune) rune {
		if unicode.IsControl(c) && c != '\n' {
			return -1
		}
		return c
	}, fmt.Sprintf(format, a...))
	_, err := io.WriteString(r.out, text+"\n")
	return err
}
