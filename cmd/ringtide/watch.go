package main

import (
	"log/slog"
	"path/filepath"
	"sync"

	"github.com/fsnotify/fsnotify"
)

// watch tells of changes to files. It watches their folders: editors and tools for configurations and certificates replace
// files.
type watch struct {
	changes chan struct{}
	log     *slog.Logger
	folders *fsnotify.Watcher // nil: the system has none

	mu    sync.Mutex
	files map[string]bool
}

func newWatch(log *slog.Logger) *watch {
	w := &watch{changes: make(chan struct{}, 1), log: log, files: map[string]bool{}}
	var err error
	if w.folders, err = fsnotify.NewWatcher(); err != nil {
		w.folders = nil
		log.Warn("files not watched, use SIGHUP to reload", "err", err)
		return w
	}
	go w.pass(w.folders.Events)
	return w
}

// look has these files watched from now on, and no others.
func (w *watch) look(file string, beside []string) {
	files := map[string]bool{}
	for _, name := range append([]string{file}, beside...) {
		files[filepath.Clean(name)] = true
		// Where a whole folder of files is replaced at once, as Kubernetes does, it is a link of that name that changes.
		files[filepath.Join(filepath.Dir(name), "..data")] = true
	}
	w.mu.Lock()
	w.files = files
	w.mu.Unlock()
	if w.folders == nil {
		return
	}
	for name := range files {
		if err := w.folders.Add(filepath.Dir(name)); err != nil {
			w.log.Warn("file not watched, use SIGHUP to reload", "file", name, "err", err)
		}
	}
}

func (w *watch) pass(events <-chan fsnotify.Event) {
	for e := range events {
		w.mu.Lock()
		ours := w.files[filepath.Clean(e.Name)]
		w.mu.Unlock()
		if !ours || e.Has(fsnotify.Chmod) {
			continue
		}
		select {
		case w.changes <- struct{}{}:
		default:
		}
	}
}

func (w *watch) close() {
	if w.folders != nil {
		_ = w.folders.Close() // nothing is left to be watched
	}
}
