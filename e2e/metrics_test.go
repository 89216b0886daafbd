package e2e

import (
	"bufio"
	"net/http"
	"strconv"
	"strings"
	"time"
)

var browser = http.Client{Timeout: 5 * time.Second}

// metric is the sum of a metric over its labels, or one series if name has labels; false: it could not be read.
func (x *exchange) metric(name string) (sum float64, ok bool) {
	res, err := browser.Get("http://" + x.web + "/metrics")
	if err != nil {
		return 0, false
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		series, value, _ := strings.Cut(lines.Text(), " ")
		if n, _, _ := strings.Cut(series, "{"); n != name && series != name {
			continue
		}
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return 0, false
		}
		sum, ok = sum+v, true
	}
	return sum, ok
}

// settled waits until the program has given everything back: calls, dialogs, media sessions.
func (x *exchange) settled() {
	x.t.Helper()
	for _, name := range []string{"ringtide_calls", "ringtide_dialogs", "ringtide_media_sessions"} {
		var v float64
		if !comesTrue(patience, func() (ok bool) {
			v, ok = x.metric(name)
			return v == 0 && (ok || name == "ringtide_calls") // no call: no series
		}) {
			x.t.Errorf("%s is %v at the end, want 0", name, v)
		}
	}
}

// page is the status of a page of the program.
func (x *exchange) page(path string) int {
	res, err := browser.Get("http://" + x.web + path)
	if err != nil {
		return 0
	}
	res.Body.Close()
	return res.StatusCode
}
