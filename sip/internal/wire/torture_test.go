package wire

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What becomes of each message of RFC 4475. "METHOD": it reaches the handler. "NNN": it is answered so, without state.
// "unmatched": a good response that belongs to nothing. "silence": dropped as malformed. A second word is the outcome
// over TCP where that differs; "+closed" means the connection is closed, as the end of the message is not known.
var torture = map[string]string{
	"wsinv":      "INVITE",
	"intmeth":    "!interesting-Method0123456789_*+`.%indeed'~",
	"esc01":      "INVITE",
	"escnull":    "REGISTER",
	"esc02":      "RE%47IST%45R", // not REGISTER: methods have no escapes
	"lwsdisp":    "OPTIONS",
	"longreq":    "INVITE",
	"dblreq":     "REGISTER REGISTER,INVITE+closed", // a datagram ends with its message; over TCP the rest of the second body is no SIP
	"semiuri":    "OPTIONS",
	"transports": "OPTIONS",
	"mpart01":    "MESSAGE",
	"unreason":   "unmatched",
	"noreason":   "unmatched",
	"badinv01":   "400",
	"clerr":      "400 closed", // over TCP the rest never comes
	"ncl":        "400 400+closed",
	"scalar02":   "400",
	"scalarlg":   "silence",
	"quotbal":    "400",
	"ltgtruri":   "400",
	"lwsruri":    "400",
	"lwsstart":   "400",
	"trws":       "400",
	"escruri":    "400",
	"baddate":    "INVITE", // nothing here reads Date
	"regbadct":   "400",
	"badaspec":   "400",
	"baddn":      "400",
	"badvers":    "505",
	"mismatch01": "400",
	"mismatch02": "400",
	"bigcode":    "silence silence+closed",
	"badbranch":  "OPTIONS", // taken as RFC 2543
	"insuf":      "400",
	"unkscm":     "416",
	"novelsc":    "416",
	"unksm2":     "REGISTER", // the registrar's business
	"bext01":     "420",
	"invut":      "INVITE",
	"regaut01":   "REGISTER",
	"multi01":    "400",
	"mcl01":      "400 400+closed",
	"bcast":      "unmatched", // two Via: not for us
	"zeromf":     "OPTIONS",
	"cparam01":   "REGISTER",
	"cparam02":   "REGISTER",
	"regescrt":   "REGISTER",
	"sdp01":      "INVITE",
	"inv2543":    "INVITE 400+closed", // RFC 2543 knew UDP only
}

func tortures(t testing.TB) map[string][]byte {
	files, err := filepath.Glob("../../../testdata/sip/torture/*.dat")
	if err != nil || len(files) != len(torture) {
		t.Fatal(len(files), "files,", len(torture), "outcomes", err)
	}
	all := map[string][]byte{}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		_, name, _ := strings.Cut(strings.TrimSuffix(filepath.Base(f), ".dat"), "-")
		all[name] = data
	}
	return all
}

func TestTortureOverUDP(t *testing.T) {
	for name, data := range tortures(t) {
		t.Run(name, func(t *testing.T) {
			want, _, _ := strings.Cut(torture[name], " ")
			var got []string
			inBed(t, Config{Handler: record(&got)}, func(b *bed) {
				b.peer.WriteToUDPAddrPort(data, ourAddr)
				check(t, want, append(got, b.finals()...), b.stack.Stats())
			})
		})
	}
}

func TestTortureOverStreams(t *testing.T) {
	overStreams(t, func(t *testing.T, inBed bedding) {
		for name, data := range tortures(t) {
			t.Run(name, func(t *testing.T) {
				want, other, _ := strings.Cut(torture[name], " ")
				if other != "" {
					want = other
				}
				want, wantClosed := strings.CutSuffix(want, "+closed")
				var got []string
				inBed(t, Config{Handler: record(&got)}, func(b *bed) {
					c := b.connect()
					for part := range chunks(data, 7) {
						c.write(part)
					}
					b.wait(time.Second)
					heard := c.heard()
					if c.ended != wantClosed {
						t.Error("connection closed:", c.ended)
					}
					if want == "closed" {
						b.wait(wholeTime)
						c.heard()
						want = ""
						if c.ended {
							want = "silence"
							b.stack.counts.malformed.Add(1)
						}
					}
					check(t, want, append(got, heard...), b.stack.Stats())
				})
			})
		}
	})
}

func check(t *testing.T, want string, got []string, s Stats) {
	t.Helper()
	switch {
	case len(got) > 0:
	case s.Malformed > 0:
		got = []string{"silence"}
	case s.Dropped > 0:
		got = []string{"unmatched"}
	}
	if g := strings.Join(got, ","); g != want {
		t.Errorf("got %q, want %q", g, want)
	}
}

// record notes the methods of requests and answers none.
func record(got *[]string) Handler {
	return Handler{Request: func(tx *ServerTx) { *got = append(*got, string(tx.Request().Method)) }}
}

// finals is heard without 100.
func (b *bed) finals() (list []string) {
	for _, s := range b.heard() {
		if s != "100" {
			list = append(list, s)
		}
	}
	return list
}

func chunks(data []byte, n int) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(data) > 0 {
			k := min(n, len(data))
			if !yield(data[:k]) {
				return
			}
			data = data[k:]
		}
	}
}
