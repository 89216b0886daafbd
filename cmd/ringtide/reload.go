package main

import (
	stdctx "context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"ringtide/config"
)

// settled is how long a file must be left alone before it is read: editors write in several steps.
const settled = 300 * time.Millisecond

// listenForReload catches SIGHUP from now on: one that comes while the program starts must not end it.
func listenForReload() <-chan os.Signal {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	return hup
}

// reloads reads the configuration again on SIGHUP and when its file changes, or one of those beside it that it was made of. A
// wrong one is named and the old one stays.
func reloads(ctx stdctx.Context, path string, beside []string, hup <-chan os.Signal, log *slog.Logger, apply func(*config.Config) error) {
	w := newWatch(log)
	defer w.close()
	w.look(path, beside)
	quiet := time.NewTimer(time.Hour)
	quiet.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.changes:
			quiet.Reset(settled)
			continue
		case <-hup:
		case <-quiet.C:
		}
		if cfg := reload(path, log, apply); cfg != nil {
			w.look(path, cfg.Files)
		}
	}
}

// reload returns the new configuration; nil: the old one stays.
func reload(path string, log *slog.Logger, apply func(*config.Config) error) *config.Config {
	cfg, err := config.Load(path)
	if err == nil {
		err = apply(cfg)
	}
	if err != nil {
		log.Error("new configuration refused, the old one stays", "file", path, "err", err)
		return nil
	}
	for _, w := range cfg.Warnings {
		log.Warn("configuration", "warning", w)
	}
	for _, name := range cfg.Inactive {
		log.Warn("configured, but not in effect in this version", "what", name)
	}
	log.Info("configuration reloaded", "file", path)
	return cfg
}
