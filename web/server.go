package web

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// Status is what the health pages ask.
type Status struct {
	// Ready: calls are accepted (not starting, not draining).
	Ready func() bool
	// Problems that need a person now, "" free text each; none: healthy.
	Problems func() []string
}

// Server serves /healthz, /readyz and /metrics.
type Server struct {
	listener net.Listener
	http     *http.Server
}

// New opens the listener. It does not serve yet.
func New(c Config, s Status, metrics http.Handler) (*Server, error) {
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen for web on %s: %w", c.Listen, err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", healthz(s.Problems))
	mux.HandleFunc("GET /readyz", readyz(s.Ready))
	mux.Handle("GET /metrics", metrics)
	return &Server{l, &http.Server{
		Handler:           guard(mux),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    16 << 10,
	}}, nil
}

// Addr is where it listens.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Serve blocks until Close.
func (s *Server) Serve() error {
	if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Close lets requests under way end for a second.
func (s *Server) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close() // what did not end in time is cut off
	}
	s.listener.Close()
}

func healthz(problems func() []string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if p := problems(); len(p) > 0 {
			http.Error(w, strings.Join(p, "\n"), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	}
}

func readyz(ready func() bool) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if !ready() {
			http.Error(w, "not ready: starting or draining", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	}
}

// guard keeps browsers from guessing types and from framing.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Content-Security-Policy", "default-src 'none'")
		next.ServeHTTP(w, r)
	})
}
