package main

import (
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// readyPage is asked for unless another is named: whether a server with the default web.listen takes calls.
const readyPage = "http://127.0.0.1:8080/readyz"

// healthTimeout is how long a page may take.
const healthTimeout = 3 * time.Second

// healthy asks a page of a running server, for containers without a shell: exit code 0 if it answers 200, 1 if it answers
// anything else or not in 3 s.
func healthy(c *context) int {
	page := readyPage
	if c.flags.NArg() > 0 {
		page = c.flags.Arg(0)
	}
	if u, err := url.Parse(page); err != nil || u.Scheme != "http" || u.Host == "" {
		fmt.Fprintf(c.errs, "ringtide healthy: %q is no page: write it like %s\n", page, readyPage)
		return exitUsage
	}
	client := http.Client{Timeout: healthTimeout}
	res, err := client.Get(page)
	if err != nil {
		fmt.Fprintln(c.errs, "ringtide healthy:", err)
		return exitFailure
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		fmt.Fprintf(c.errs, "ringtide healthy: %s answers %s\n", page, res.Status)
		return exitFailure
	}
	return exitOK
}
