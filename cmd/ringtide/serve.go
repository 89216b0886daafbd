package main

import (
	stdctx "context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"ringtide/app"
	"ringtide/config"
)

// serve runs the program until a signal ends it: SIGTERM or SIGINT drain, a second one ends at once, SIGHUP or a change
// of the file reloads.
func serve(c *context) int {
	// A pipe whose reader is gone must not end the program, nor one that is not read stop it.
	signal.Ignore(syscall.SIGPIPE)
	out, errs := newSink(c.out), newSink(c.errs)
	defer out.Flush()
	defer errs.Flush()
	c.out, c.errs = out, errs
	log := slog.New(slog.NewTextHandler(errs, nil))
	again := listenForReload()
	cfg, code := load(c)
	if code != exitOK {
		return code
	}
	for _, name := range cfg.Inactive {
		log.Warn("configured, but not in effect in this version", "what", name)
	}
	ctx, stop := signal.NotifyContext(stdctx.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()

	a, err := app.New(cfg, log)
	if err != nil {
		fmt.Fprintln(c.errs, "ringtide:", err)
		return exitFailure
	}
	defer a.Close()
	a.LogDropped = errs.Dropped
	go endAtOnce(ctx, log, errs)
	go reloads(ctx, c.config, cfg.Files, again, log, a.Reload)
	if err := a.Run(ctx, c.out); err != nil {
		fmt.Fprintln(c.errs, "ringtide:", err)
		return exitFailure
	}
	return exitOK
}

// load reads the configuration and prints every problem.
func load(c *context) (*config.Config, int) {
	cfg, err := config.Load(c.config)
	if err != nil {
		fmt.Fprintln(c.errs, err)
		return nil, exitConfig
	}
	for _, w := range cfg.Warnings {
		fmt.Fprintln(c.errs, w)
	}
	return cfg, exitOK
}

// endAtOnce waits for the signal after the one that began the drain.
func endAtOnce(draining stdctx.Context, log *slog.Logger, errs *sink) {
	<-draining.Done()
	again := make(chan os.Signal, 1)
	signal.Notify(again, syscall.SIGTERM, os.Interrupt)
	<-again
	log.Warn("second signal: ended at once, calls are cut")
	errs.Flush()
	os.Exit(exitAtOnce)
}
