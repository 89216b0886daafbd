package main

import (
	stdctx "context"
	"fmt"
	"io"
	"time"

	"ringtide/sip"
	"ringtide/store"
)

func calls(c *context) int {
	return printRecords(c, func(r *store.Reader) ([]store.Call, error) {
		return r.Calls(stdctx.Background(), store.Filter{Limit: int(c.limit)})
	}, store.WriteCalls)
}

func missed(c *context) int {
	return printRecords(c, func(r *store.Reader) ([]store.Missed, error) {
		return r.Missed(stdctx.Background(), store.Filter{Limit: int(c.limit)})
	}, store.WriteMissed)
}

func registrations(c *context) int {
	return printRecords(c, (*store.Reader).LoadRegistrations, func(w io.Writer, list []sip.Registration) error {
		return store.WriteRegistrations(w, list, time.Now())
	})
}

// printRecords reads one kind of record and prints it as a table, or as JSON if asked. It works beside the running
// program and after it.
func printRecords[T store.Call | store.Missed | sip.Registration](
	c *context, read func(*store.Reader) ([]T, error), table func(io.Writer, []T) error,
) int {
	cfg, code := load(c)
	if code != exitOK {
		return code
	}
	r, err := store.OpenReader(cfg.Store)
	if err != nil {
		fmt.Fprintln(c.errs, "ringtide:", err)
		return exitFailure
	}
	defer func() { _ = r.Close() }() // it only reads
	list, err := read(r)
	if err == nil {
		if c.json {
			table = store.WriteJSON
		}
		err = table(c.out, list)
	}
	if err != nil {
		fmt.Fprintln(c.errs, "ringtide:", err)
		return exitFailure
	}
	return exitOK
}
