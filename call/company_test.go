package call

import (
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/internal/phone"
	"ringtide/queue"
)

// company are phones of a town that do by themselves what every phone does: they ring, say yes to all else, and acknowledge.
// So a scene can let two things happen at once and look at what comes of it, whichever was first.
type company struct {
	*town
	phones []*phone.Phone
	up     map[*phone.Phone]string // Call-ID of the INVITE that it has answered
	heard  map[*phone.Phone]string // in words
}

func (w *town) company(phones ...*phone.Phone) *company {
	return &company{w, phones, map[*phone.Phone]string{}, map[*phone.Phone]string{}}
}

// settles lets them go on until nobody has heard anything for so long.
func (o *company) settles(quiet time.Duration) {
	for last := time.Now(); time.Since(last) < quiet; o.pass(100 * time.Millisecond) {
		synctest.Wait()
		for _, p := range o.phones {
			for m := p.Overdue(); m != ""; m = p.Overdue() {
				o.obliges(p, m)
				last = time.Now()
				synctest.Wait()
			}
		}
	}
}

func (o *company) obliges(p *phone.Phone, m string) {
	method, _, _ := strings.Cut(m, " ")
	word := method
	switch {
	case phone.Code(m) > 0:
		word = strconv.Itoa(phone.Code(m))
		o.acknowledges(p, m)
	case method == "ACK":
		return
	case method == "INVITE" && !strings.Contains(phone.Header(m, "To"), "tag="):
		p.Answers("INVITE", 180, "")
	case method == "INVITE":
		word = "re-INVITE"
		p.Answers("INVITE", 200, p.SDP)
	case method == "CANCEL":
		if strings.Contains(phone.Header(m, "Reason"), "cause=200") {
			word += ":elsewhere"
		}
		p.Answers("CANCEL", 200, "")
		if o.up[p] != phone.Header(m, "Call-ID") {
			p.Answers("INVITE", 487, "")
		}
	case method == "NOTIFY":
		word += ":" + strings.Fields(phone.Body(m))[1]
		fallthrough
	default:
		p.Answers(method, 200, "")
	}
	o.heard[p] += word + " "
}

func (o *company) acknowledges(p *phone.Phone, m string) {
	switch {
	case !strings.Contains(phone.Header(m, "CSeq"), "INVITE") || phone.Code(m) < 200:
	case phone.Code(m) < 300:
		p.Acks()
	default:
		p.AcksRefusal(m)
	}
}

// answers takes the call that rings.
func (o *company) answers(p *phone.Phone) {
	o.t.Helper()
	o.up[p] = p.CallID
	p.Answers("INVITE", 200, p.SDP)
}

// has says whether a phone has heard a word: a method, a status, or with more to it "NOTIFY:200", "CANCEL:elsewhere".
func (o *company) has(p *phone.Phone, word string) bool {
	heard := " " + o.heard[p]
	return strings.Contains(heard, " "+word+" ") || strings.Contains(heard, " "+word+":")
}

// times is how often it has heard a word.
func (o *company) times(p *phone.Phone, word string) int {
	return strings.Count(" "+strings.ReplaceAll(o.heard[p], " ", "  "), " "+word+" ")
}

// forgets what was heard.
func (o *company) forgets() { clear(o.heard) }

// together: two phones talk with each other, and nobody else is in a call.
func (o *company) together(a, b *phone.Phone) bool {
	synctest.Wait()
	var pairs [][2]string
	for _, c := range o.x.calls {
		if c.winner == nil || !c.coupled {
			return false
		}
		pairs = append(pairs, [2]string{c.caller.dialog.ID(), c.winner.dialog.ID()})
	}
	return len(pairs) == 1 && (pairs[0] == [2]string{a.CallID, b.CallID} || pairs[0] == [2]string{b.CallID, a.CallID})
}

// mustBeTogether ends the scene well: they talk, then one of them hangs up, and all is over.
func (o *company) mustBeTogether(a, b *phone.Phone) {
	o.t.Helper()
	if !o.together(a, b) {
		o.t.Fatalf("they do not talk with each other; %s", o.tells())
	}
	o.ends(a)
}

// ends: somebody hangs up, and no call is left.
func (o *company) ends(p *phone.Phone) {
	o.t.Helper()
	p.Asks("BYE")
	o.over()
}

// over: no call is left, after a while, and the first one, which somebody had answered, was not missed.
func (o *company) over() {
	o.t.Helper()
	o.settles(time.Second)
	if n := o.x.Live(); n != 0 {
		o.t.Errorf("%d calls live; %s", n, o.tells())
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range o.events {
		if e.Type == queue.EvCallMissed && strings.HasSuffix(string(e.Call), "-1") {
			o.t.Errorf("the call is listed as missed")
		}
	}
}

// tells what everybody has heard.
func (o *company) tells() string {
	text := ""
	for _, p := range o.phones {
		text += "\n" + p.Addr() + " heard " + o.heard[p]
	}
	return text
}

// inBothOrders runs a scene twice, for two things that happen at once: said in this order, and in the other one. Neither is
// waited for before the other is said, so either may be first all the same.
func inBothOrders(t *testing.T, rules queue.Rules, scene func(w *town, both func(a, b func()))) {
	for name, swapped := range map[string]bool{"this one first": false, "that one first": true} {
		t.Run(name, func(t *testing.T) {
			live(t, rules, func(w *town) {
				scene(w, func(a, b func()) {
					if swapped {
						a, b = b, a
					}
					a()
					b()
				})
			})
		})
	}
}
