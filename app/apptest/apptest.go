// Package apptest starts the real program inside a test, on loopback ports of its own.
package apptest

import (
	"context"
	"io"
	"log/slog"
	"testing"

	"ringtide/app"
	"ringtide/config"
)

// MustRun builds an App on cfg, runs it until the test ends and fails the test if it cannot. out receives what people
// would read on standard output; MustRun returns once that says "ready".
func MustRun(t testing.TB, cfg *config.Config, log *slog.Logger) *app.App {
	t.Helper()
	a, err := app.New(cfg, log)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	out := &readyWriter{ready: make(chan struct{})}
	go func() { ended <- a.Run(ctx, out) }()
	t.Cleanup(func() {
		stop()
		<-ended
		a.Close()
	})
	select {
	case <-out.ready:
	case err := <-ended:
		ended <- err
		t.Fatal(err)
	}
	return a
}

// readyWriter closes ready when the line "ready" was written.
type readyWriter struct{ ready chan struct{} }

func (w *readyWriter) Write(p []byte) (int, error) {
	if string(p) == "ready\n" {
		close(w.ready)
	}
	return io.Discard.Write(p)
}
