package media

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

const corpus = "../testdata/sdp"

// TestPhones reads every offer of the corpus and compares what was understood, and our answer, with the golden file
// beside it.
func TestPhones(t *testing.T) {
	offers, err := filepath.Glob(filepath.Join(corpus, "*.sdp"))
	if err != nil || len(offers) < 15 {
		t.Fatalf("the corpus has %d offers: %v", len(offers), err)
	}
	for _, path := range offers {
		name := strings.TrimSuffix(filepath.Base(path), ".sdp")
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				body, err := os.ReadFile(path)
				must(t, err)
				got := understood(w, body)
				golden := strings.TrimSuffix(path, ".sdp") + ".txt"
				if *rewrite {
					must(t, os.WriteFile(golden, []byte(got), 0o644))
				}
				want, err := os.ReadFile(golden)
				must(t, err)
				if got != string(want) {
					t.Errorf("got\n%s\nwant\n%s", got, want)
				}
			})
		})
	}
}

// understood tells what a body says and how it is answered.
func understood(w *world, body []byte) string {
	var b strings.Builder
	d, err := Parse(body)
	if err != nil {
		return fmt.Sprintf("refused: %v\n", err)
	}
	fmt.Fprintf(&b, "audio at %v, %s, held: %v\n", d.Addr, d.Direction, d.held())
	for _, f := range d.Formats {
		fmt.Fprintf(&b, "%d is %q at %d Hz\n", f.PT, f.Name, f.Clock)
	}
	if d.Ptime > 0 {
		fmt.Fprintf(&b, "ptime %v\n", d.Ptime)
	}
	s, err := w.engine.Open(Options{Local: serverAddr})
	must(w.T, err)
	answer, err := s.Answer(d)
	if err != nil {
		if !errors.Is(err, ErrNotAcceptable) || w.engine.Check(d) == nil {
			w.Errorf("answer: %v, but check: %v", err, w.engine.Check(d))
		}
		fmt.Fprintf(&b, "\nnot acceptable\n")
		return b.String()
	}
	must(w.T, w.engine.Check(d))
	if st := s.Stats(); st.Remote.IsValid() {
		fmt.Fprintf(&b, "we send %s to %v\n", st.Codec, st.Remote)
	}
	b.WriteString("\n" + anonymous(answer))
	if again, err := Parse(answer); err != nil || again.Addr.Addr() != serverAddr {
		w.Errorf("our own answer reads as %+v, %v", again, err)
	}
	return b.String()
}

// anonymous replaces what differs from run to run.
func anonymous(body []byte) string {
	text := strings.ReplaceAll(string(body), "\r\n", "\n")
	text = regexp.MustCompile(`o=- \d+ \d+ `).ReplaceAllString(text, "o=- ID VERSION ")
	return regexp.MustCompile(`m=audio 20\d\d\d `).ReplaceAllString(text, "m=audio PORT ")
}

func TestParseHasLimits(t *testing.T) {
	head := "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
	for name, body := range map[string]string{
		"empty":         "",
		"not sdp":       "hello\nworld\n",
		"long":          head + "a=" + strings.Repeat("x", maxBody),
		"many lines":    head + strings.Repeat("a=x\r\n", maxLines),
		"many media":    head + strings.Repeat("m=audio 4 RTP/AVP 0\r\n", maxMedia+1),
		"many payloads": head + "m=audio 4 RTP/AVP" + strings.Repeat(" 0", maxPayloads+1),
	} {
		if _, err := Parse([]byte(body)); !errors.Is(err, errNotSDP) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	just := head + strings.Repeat("m=audio 4 RTP/AVP 0 8 9 18 96 97 98 101\r\n", maxMedia)
	if _, err := Parse([]byte(just)); err != nil {
		t.Errorf("as much as is allowed: %v", err)
	}
}

func version(body string) string { return strings.Fields(body)[3] }

func TestVersionRisesOnlyWithTheBody(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.bare("198.51.100.1:4000")
		first := p.offers("pcmu", "")
		if same := p.offers("pcmu", ""); same != first {
			t.Errorf("the same offer got another answer:\n%s\n%s", first, same)
		}
		held := p.offers("pcmu", "sendonly")
		if version(held) == version(first) || !strings.Contains(held, "a=recvonly") {
			t.Errorf("the hold was answered with\n%s", held)
		}
		port := regexp.MustCompile(`m=audio \d+`)
		if port.FindString(held) != port.FindString(first) {
			t.Error("the port changed")
		}
		if resumed := p.offers("pcmu", ""); version(resumed) == version(held) {
			t.Error("the version stayed when the hold ended")
		}
	})
}

func TestOfferAndAccept(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.bare("198.51.100.1:4000")
		offer := string(p.session.Offer())
		for _, want := range []string{"RTP/AVP 0 8 101", "a=ptime:20", "a=sendrecv", "c=IN IP4 192.0.2.1", "a=rtpmap:101 telephone-event/8000"} {
			if !strings.Contains(offer, want) {
				t.Errorf("the offer lacks %q:\n%s", want, offer)
			}
		}
		answer, err := Parse([]byte(offerOf(p.conn.at, "pcma", "")))
		must(t, err)
		must(t, p.session.Accept(answer))
		must(t, p.session.Accept(answer)) // 200 after 183
		if st := p.session.Stats(); st.Codec != "pcma" || st.Remote != p.conn.at {
			t.Errorf("got %+v", st)
		}
		if err := p.session.Accept(&Description{audio: -1}); !errors.Is(err, ErrNotAcceptable) {
			t.Errorf("a refusal: %v", err)
		}
		if again := string(p.session.Offer()); again != offer {
			t.Errorf("the offer changed:\n%s\n%s", offer, again)
		}
	})
}

func TestOfferKeepsRefusedMediaInPlace(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.bare("198.51.100.1:4000")
		body, err := os.ReadFile(filepath.Join(corpus, "t38-and-audio.sdp"))
		must(t, err)
		d, err := Parse(body)
		must(t, err)
		if _, err := p.session.Answer(d); err != nil {
			t.Fatal(err)
		}
		offer := p.session.Offer()
		image, audio := bytes.Index(offer, []byte("m=image 0 udptl t38")), bytes.Index(offer, []byte("m=audio 2"))
		if image < 0 || audio < image {
			t.Errorf("got\n%s", offer)
		}
	})
}

func TestAdvertisedAddress(t *testing.T) {
	inWorld(t, func(w *world) {
		for addr, want := range map[string]string{"203.0.113.5": "c=IN IP4 203.0.113.5", "2001:db8::5": "c=IN IP6 2001:db8::5"} {
			s, err := w.engine.Open(Options{Local: serverAddr, Advertise: netip.MustParseAddr(addr)})
			must(t, err)
			if offer := string(s.Offer()); !strings.Contains(offer, want) {
				t.Errorf("got\n%s", offer)
			}
		}
	})
}

func TestUnsupported(t *testing.T) {
	if got := Unsupported([]string{"pcmu", "G722", "PCMA", "opus"}); fmt.Sprint(got) != "[G722 opus]" {
		t.Errorf("got %v", got)
	}
}

func FuzzParse(f *testing.F) {
	offers, _ := filepath.Glob(filepath.Join(corpus, "*.sdp"))
	for _, path := range offers {
		body, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	ours, err := builtIn([]string{"pcmu", "pcma"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := Parse(body)
		if err != nil {
			return
		}
		if len(d.lines) > maxMedia || len(d.Formats) > maxPayloads {
			t.Fatalf("took %d media, %d formats", len(d.lines), len(d.Formats))
		}
		s := &Session{said: netip.AddrPortFrom(serverAddr, 20000)}
		s.agreed.begin(ours)
		answer, err := s.Answer(d)
		if err != nil {
			return
		}
		again, err := Parse(answer)
		if err != nil || len(again.lines) != len(d.lines) || again.audio != d.audio {
			t.Fatalf("our answer\n%s\nreads as %+v, %v", answer, again, err)
		}
	})
}
