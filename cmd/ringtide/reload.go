package main

import (
	stdctx "context"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"

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

// reloads reads the configuration again on SIGHUP and when the file changes. A wrong one is named and the old one stays.
func reloads(ctx stdctx.Context, path string, hup <-chan os.Signal, log *slog.Logger, apply func(*config.Config) error) {
	changes, stop := watch(path, log)
	defer stop()
	quiet := time.NewTimer(time.Hour)
	quiet.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-changes:
			quiet.Reset(settled)
		case <-hup:
			reload(path, log, apply)
		case <-quiet.C:
			reload(path, log, apply)
		}
	}
}

func reload(path string, log *slog.Logger, apply func(*config.Config) error) {
	cfg, err := config.Load(path)
	if err == nil {
		err = apply(cfg)
	}
	if err != nil {
		log.Error("new configuration refused, the old one stays", "file", path, "err", err)
		return
	}
	for _, w := range cfg.Warnings {
		log.Warn("configuration", "warning", w)
	}
	for _, name := range cfg.Inactive {
		log.Warn("configured, but not in effect in this version", "what", name)
	}
	log.Info("configuration reloaded", "file", path)
}

// watch tells of changes to one file. It watches the folder: editors and config managers replace files.
func watch(path string, log *slog.Logger) (changes <-chan struct{}, stop func()) {
	out := make(chan struct{}, 1)
	w, err := fsnotify.NewWatcher()
	if err == nil {
		err = w.Add(filepath.Dir(path))
	}
	if err != nil {
		log.Warn("file not watched, use SIGHUP to reload", "file", path, "err", err)
		return out, func() {}
	}
	name := filepath.Base(path)
	go func() {
		for e := range w.Events {
			if filepath.Base(e.Name) == name && !e.Has(fsnotify.Chmod) {
				select {
				case out <- struct{}{}:
				default:
				}
			}
		}
	}()
	return out, func() { _ = w.Close() } // nothing is left to be watched
}
