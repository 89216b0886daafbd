package app

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"

	"ringtide/call"
	"ringtide/config"
	"ringtide/media"
	"ringtide/queue"
	"ringtide/sip"
	"ringtide/store"
	"ringtide/voicemail"
	"ringtide/web"
)

// App is the running program.
type App struct {
	// LogDropped counts the log lines that were left out, for the metrics; it may be set before Run. nil: none are.
	LogDropped func() uint64

	log   *slog.Logger
	undo  []func() // in the order of building; Close runs it backwards
	ready atomic.Bool

	mu  sync.Mutex // a reload may come at any time
	cfg *config.Config

	store    *store.Store
	shelf    *voicemail.Shelf
	pins     pins
	lamps    *lamps
	media    *media.Engine
	exchange *call.Exchange
	phones   *sip.Server
	web      *web.Server
	metrics  *web.Metrics
}

// New builds everything in the order of dependency. Nothing is served yet; on error everything built is closed again.
func New(cfg *config.Config, log *slog.Logger) (*App, error) {
	a := &App{cfg: cfg, log: log}
	for _, build := range []func() error{
		a.openStore,
		a.openShelf,
		a.openMedia,
		a.makeExchange,
		a.makePhones,
		a.openWeb,
	} {
		if err := build(); err != nil {
			a.Close()
			return nil, err
		}
	}
	return a, nil
}

// Close undoes everything in reverse order. Calls that still live are lost; see Run.
func (a *App) Close() {
	a.ready.Store(false)
	for len(a.undo) > 0 {
		last := len(a.undo) - 1
		a.undo[last]()
		a.undo = a.undo[:last]
	}
}

func (a *App) onClose(f func()) { a.undo = append(a.undo, f) }

func (a *App) openStore() (err error) {
	if a.store, err = store.Open(a.cfg.Store, a.log); err != nil {
		return err
	}
	a.onClose(func() {
		if err := a.store.Close(); err != nil {
			a.log.Error("records not all written", "err", err)
		}
	})
	return nil
}

// openShelf also lists the messages that a crash kept from being listed.
func (a *App) openShelf() (err error) {
	a.lamps = newLamps(a.cfg.Queue)
	a.shelf, err = voicemail.OpenShelf(voicemail.Config{
		Path:    filepath.Join(a.cfg.Store.Path, "voicemail"),
		Changed: a.lamps.changed,
	})
	if err != nil {
		return err
	}
	a.lamps.waiting = a.shelf.Waiting
	if err := a.shelf.Unsaved(); err != nil {
		a.log.Error("recordings of the last run not saved, tried again at the next start", "err", err)
	}
	return a.store.Adopt(a.shelf.Messages())
}

func (a *App) openMedia() (err error) {
	if a.media, err = media.New(a.cfg.Media, a.log); err != nil {
		return err
	}
	a.onClose(a.media.Close)
	return nil
}

func (a *App) makeExchange() error {
	restored, err := a.store.Restored()
	if err != nil {
		return fmt.Errorf("read what survived the last run: %w", err)
	}
	a.pins.reload(a.cfg.Users)
	a.metrics = web.NewMetrics(a.Snapshot, a.readings)
	a.exchange = call.NewExchange(a.cfg.Call, a.cfg.Queue, seed(), call.Edges{
		Media:   a.media,
		Shelf:   a.shelf,
		PINs:    voicemail.NewLocks(a.pins.verify),
		Records: a.store,
		Log:     a.log,
		Meter: call.Meter{
			Step:    a.metrics.Step,
			Attempt: a.metrics.Attempt,
			Ended:   a.metrics.Ended,
			Refused: a.metrics.Refused,
			Panic:   a.metrics.Panic,
		},
	})
	a.exchange.Tell(restored)
	return nil
}

func seed() uint64 {
	var b [8]byte
	rand.Read(b[:])
	return binary.LittleEndian.Uint64(b[:])
}

// makePhones reads the registrations back; the exchange hears of them before its first call.
func (a *App) makePhones() (err error) {
	handler := a.exchange.Handler()
	handler.Messages = a.lamps.messages
	a.phones, err = sip.New(a.cfg.SIP, handler, a.store, a.log, sip.Options{})
	if err != nil {
		return err
	}
	a.exchange.Phones, a.lamps.tell = a.phones, a.phones.MessagesChanged
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		a.exchange.Run(ctx)
	}()
	a.onClose(func() { stop(); <-ended })
	a.onClose(a.phones.Close)
	return nil
}

func (a *App) openWeb() (err error) {
	if a.cfg.Web.Listen == "" {
		return nil
	}
	a.web, err = web.New(a.cfg.Web, web.Status{Ready: a.ready.Load, Problems: a.problems}, a.metrics.Handler())
	if err != nil {
		return err
	}
	a.onClose(a.web.Close)
	return nil
}

// Run listens, tells out what people need to know, and serves until ctx ends; then it drains: new calls are refused, the
// others go on for limits.drain and are then ended with BYE. It returns when that is done.
func (a *App) Run(ctx context.Context, out io.Writer) error {
	if a.web != nil {
		go func() {
			if err := a.web.Serve(); err != nil {
				a.log.Error("web stopped", "err", err)
			}
		}()
	}
	listening, err := a.phones.Listen()
	if err != nil {
		return err
	}
	a.warnIfShort()
	a.greet(out, listening)
	a.ready.Store(true)
	fmt.Fprintln(out, "ready")
	<-ctx.Done()
	a.ready.Store(false)
	a.drain()
	return nil
}

func (a *App) drain() {
	limit := a.config().Call.Drain
	a.log.Info("draining: new calls are refused, the others go on", "calls", a.exchange.Live(), "limit", limit)
	ctx, cancel := context.WithCancel(context.Background())
	if limit > 0 {
		ctx, cancel = context.WithTimeout(ctx, limit)
	}
	defer cancel()
	if n := a.exchange.Shutdown(ctx); n > 0 {
		a.log.Warn("calls cut at the end of the drain", "calls", n, "limit", limit)
	}
}

// config is the configuration in effect.
func (a *App) config() *config.Config {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.cfg
}

// Snapshot is an immutable picture of calls, agents and groups, at most 250 ms old.
func (a *App) Snapshot(ctx context.Context) (queue.Snapshot, error) { return a.exchange.Snapshot(ctx) }

// problems that need a person, for /healthz.
func (a *App) problems() []string {
	if err := a.store.Healthy(); err != nil {
		return []string{err.Error()}
	}
	return nil
}
