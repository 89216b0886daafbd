package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHealthyIsWhatThePageSays(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for _, c := range []struct {
		args string
		code int
		errs string
	}{
		{"healthy " + web.URL + "/readyz", exitOK, ""},
		{"healthy " + web.URL + "/healthz", exitFailure, "answers 503"},
		{"healthy " + gone.URL, exitFailure, "refused"},
		{"healthy 127.0.0.1:8080", exitUsage, "is no page"},
		{"healthy https://" + web.Listener.Addr().String(), exitUsage, "is no page"},
		{"healthy " + web.URL + " " + web.URL, exitUsage, "unexpected arguments"},
	} {
		var out, errs bytes.Buffer
		if code := run(strings.Fields(c.args), nil, &out, &errs); code != c.code || !strings.Contains(errs.String(), c.errs) {
			t.Errorf("ringtide %s ends with %d and says %q, want %d and %q", c.args, code, &errs, c.code, c.errs)
		}
		if out.Len() > 0 || c.code == exitOK && errs.Len() > 0 {
			t.Errorf("ringtide %s prints %q%q", c.args, &out, &errs)
		}
	}
}
