package call

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ringtide/internal/phone"
	"ringtide/queue"
	"ringtide/voicemail"
)

// mailRules have the users 101 and 102 in the group "sales", and *97.
func mailRules() queue.Rules {
	rules := rulesOf(queue.Group{IfMissed: queue.Destination{Kind: queue.ToVoicemail, Name: "sales"}}, "101", "102")
	rules.Codes.Voicemail = "*97"
	return rules
}

func (w *town) waits(mailbox string, fresh, old int) {
	w.t.Helper()
	if f, o := w.shelf.Waiting(mailbox); f != fresh || o != old {
		w.t.Errorf("mailbox %s: %d new and %d old messages, want %d and %d", mailbox, f, o, fresh, old)
	}
}

func TestOwnerListensPausesGoesOnAndDeletes(t *testing.T) {
	live(t, mailRules(), func(w *town) {
		w.holds("101", "102", 6)
		w.holds("101", "", 4)
		one := w.owns("101")
		one.dials("*97")
		one.press("1")
		one.reaches(3)
		w.pass(400 * time.Millisecond)
		one.press("2")
		heard := one.packets(3)
		w.pass(10 * time.Second)
		if one.packets(3) != heard {
			t.Error("it goes on in the pause")
		}
		one.press("2")
		one.reaches(5)
		if n := one.packets(3); n < 48 || n > 52 || one.packets(2) != 50 {
			t.Errorf("after the pause it went on elsewhere: %d packets of a second, %d of the one before", n, one.packets(2))
		}
		one.press("3") // delete
		one.press("9") // next
		one.reaches(1)
		one.press("6") // forward: to its end
		w.pass(time.Second)
		w.waits("101", 0, 2)
		one.hangsUp()
		w.waits("101", 0, 1)
		w.phone("102")
	})
}

func TestMessageLeftIsNewUntilItWasHeard(t *testing.T) {
	live(t, mailRules(), func(w *town) {
		w.x.Tell(queue.DevicesReachable{User: "101", N: 0})
		carrier := w.phone("carrier")
		carrier.Calls("5550101")
		ok := carrier.Hears("SIP/2.0 200")
		carrier.Acks()
		w.pass(9 * time.Second) // greeting and beep
		w.audio("10.0.2.1:4000").speak(phone.Body(ok), 4*time.Second)
		carrier.Hears("BYE") // silence ended it, and it was said that the message is kept
		carrier.Answers("BYE", 200, "")
		w.waits("101", 1, 0)
		one := w.owns("101")
		w.x.Tell(queue.DevicesReachable{User: "101", N: 1})
		one.dials("*97")
		one.press("1")
		w.pass(3 * time.Second)
		w.waits("101", 1, 0)
		w.pass(4 * time.Second)
		w.waits("101", 0, 1)
		one.press("0")
		w.waits("101", 1, 0)
		one.hangsUp()
		w.waits("101", 1, 0)
		w.phone("102")
	})
}

func TestReviewOfAMessage(t *testing.T) {
	live(t, mailRules(), func(w *town) {
		w.x.Tell(queue.DevicesReachable{User: "101", N: 0})
		caller := &owner{Phone: w.phone("carrier"), w: w}
		caller.Calls("5550101")
		ok := caller.Hears("SIP/2.0 200")
		caller.Acks()
		w.pass(100 * time.Millisecond)
		voice := w.audio("10.0.2.1:4000")
		caller.press("1") // skips the greeting
		voice.speak(phone.Body(ok), 2*time.Second)
		caller.press("#3") // not good enough
		voice.speak(phone.Body(ok), 5*time.Second)
		caller.press("#2")
		w.pass(time.Second)
		caller.press("1")
		caller.Hears("BYE")
		caller.Answers("BYE", 200, "")
		w.pass(time.Second)
		if e := w.recorded(queue.EvVoicemailLeft); e.Length < 4*time.Second || e.Length > 6*time.Second || w.shelf.Count("101") != 1 {
			t.Errorf("%d messages, the last of %v", w.shelf.Count("101"), e.Length)
		}
		w.phone("101")
		w.phone("102")
	})
}

// lockedUp gives 101 the PIN 4711.
func (w *town) lockedUp() {
	w.x.PINs = voicemail.NewLocks(func(mailbox string) func(string) bool {
		if mailbox != "101" {
			return nil
		}
		return func(pin string) bool { return pin == "4711" }
	})
}

func TestOwnerKeysThePIN(t *testing.T) {
	live(t, mailRules(), func(w *town) {
		w.lockedUp()
		w.holds("101", "102", 4)
		one := w.owns("101")
		one.dials("*97")
		one.press("0000#4711#")
		one.press("1")
		one.reaches(2)
		one.hangsUp()
		for range 2 {
			one.dials("*97")
			one.press("8888#8888#8888#")
			one.Hears("BYE")
			one.Answers("BYE", 200, "")
			w.pass(time.Second)
		}
		one.dials("*97") // locked out by now
		one.press("4711#1")
		w.pass(5 * time.Second)
		one.press("4711#4711#")
		one.Hears("BYE")
		one.Answers("BYE", 200, "")
		w.pass(15 * time.Minute)
		one.dials("*97")
		one.press("4711#1")
		one.reaches(3)
		one.hangsUp()
		for _, secret := range []string{"4711", "8888", "digit 4"} {
			if all := w.log.String() + strings.Join(w.facts, "\n"); strings.Contains(all, secret) {
				t.Errorf("%q shows in log or journal", secret)
			}
		}
		w.phone("102")
	})
}

func TestFaultBesideTheCallEndsIt(t *testing.T) {
	live(t, mailRules(), func(w *town) {
		w.x.PINs = voicemail.NewLocks(func(string) func(string) bool {
			return func(string) bool { panic("a bug") }
		})
		one := w.owns("101")
		one.dials("*97")
		one.press("4711")
		one.Seq++
		one.Send(one.Request("INFO", one.Seq, []string{"Content-Type: application/dtmf-relay"}, "Signal=#\r\nDuration=100\r\n"))
		one.HearsAll("SIP/2.0 200", "BYE")
		one.Answers("BYE", 200, "")
		w.pass(time.Second)
		if w.panics != 1 {
			t.Errorf("%d faults", w.panics)
		}
		if e := w.recorded(queue.EvCallEnded); e.Cause != string(queue.CauseFault) {
			t.Errorf("ended by %s", e.Cause)
		}
		w.panics = 0
		w.phone("102")
	})
}

func TestOwnerLogsInFromElsewhere(t *testing.T) {
	for name, locked := range map[string]bool{"with a PIN": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			live(t, mailRules(), func(w *town) {
				if locked {
					w.lockedUp()
				}
				w.holds("101", "102", 4)
				w.x.Tell(queue.DevicesReachable{User: "101", N: 0})
				mobile := &owner{Phone: w.phone("carrier"), w: w}
				mobile.listensAt("10.0.2.1:4000")
				mobile.Calls("5550101")
				mobile.Hears("SIP/2.0 200")
				mobile.Acks()
				w.pass(time.Second)
				mobile.press("*4711#1")
				if locked {
					mobile.reaches(2)
					mobile.press("8") // nobody is called back from here
					w.pass(time.Second)
				} else {
					w.pass(8 * time.Second)
					if mobile.packets(0) > 0 {
						t.Error("a stranger listens to the messages")
					}
				}
				mobile.hangsUp()
				w.waits("101", 1, 0)
				w.recorded(queue.EvCallEnded)
				w.phone("101")
				w.phone("102")
			})
		})
	}
}

func TestTwoAgentsInOneMailbox(t *testing.T) {
	live(t, mailRules(), func(w *town) {
		w.holds("sales", "", 4)
		w.holds("sales", "", 8)
		one, two := w.owns("101"), w.owns("102")
		for _, agent := range []*owner{one, two} {
			agent.dials("*97")
			agent.press("0")
			agent.press("2")
			agent.press("1")
			agent.reaches(1)
		}
		one.press("3")
		one.hangsUp()
		w.waits("sales", 1, 0)
		two.press("1") // it is gone: this is said, and the next one is played
		two.reaches(7)
		two.press("3")
		two.hangsUp()
		w.waits("sales", 0, 0)
		if w.panics > 0 {
			t.Error("a call broke down")
		}
	})
}

func TestOwnerCallsBack(t *testing.T) {
	live(t, mailRules(), func(w *town) {
		w.holds("101", "102", 4)
		one, two := w.owns("101"), w.phone("102")
		one.dials("*97")
		one.press("1")
		one.reaches(1)
		one.press("8")
		invite := two.Hears("INVITE")
		if from := phone.Header(invite, "From"); !strings.Contains(from, "101") {
			t.Errorf("called back from %s", from)
		}
		two.Answers("INVITE", 200, two.SDP)
		two.Hears("ACK")
		w.pass(time.Second)
		one.hangsUp()
		two.Hears("BYE")
		two.Answers("BYE", 200, "")
	})
}

func TestGreetingRecordedByPhone(t *testing.T) {
	live(t, mailRules(), func(w *town) {
		one := w.owns("101")
		one.dials("*97")
		one.press("32")
		w.pass(7 * time.Second) // what to do, and the beep
		one.voice.speak(one.sdp, 3*time.Second)
		one.press("#1")
		w.pass(time.Second)
		if w.shelf.Greeting("101") == "" {
			t.Fatal("no greeting")
		}
		w.pass(2 * time.Second)
		one.press("3")
		w.pass(time.Second)
		if w.shelf.Greeting("101") != "" {
			t.Error("it still greets")
		}
		one.press("2")
		w.pass(7 * time.Second)
		one.voice.speak(one.sdp, 3*time.Second)
		one.hangsUp() // not confirmed
		w.pass(time.Second)
		if left, _ := filepath.Glob(filepath.Join(w.folder(), "*s", "*.wav")); w.shelf.Greeting("101") != "" || len(left) != 0 {
			t.Errorf("left: %v", left)
		}
		w.phone("102")
	})
}

// folder of the shelf.
func (w *town) folder() string {
	return filepath.Dir(filepath.Dir(filepath.Dir(w.shelf.File("x", "y"))))
}

func TestDiskFailsWhileAMessageIsLeft(t *testing.T) {
	live(t, mailRules(), func(w *town) {
		w.x.Tell(queue.DevicesReachable{User: "101", N: 0})
		carrier := w.phone("carrier")
		carrier.Calls("5550101")
		carrier.Hears("SIP/2.0 200")
		carrier.Acks()
		w.pass(time.Second)
		w.must(os.RemoveAll(filepath.Join(w.folder(), "drafts")))
		before := time.Now()
		carrier.Hears("BYE")
		carrier.Answers("BYE", 200, "")
		if said := time.Since(before); said < 10*time.Second { // greeting, beep, and why not
			t.Errorf("refused after %v", said)
		}
		w.waits("101", 0, 0)
		w.phone("101")
		w.phone("102")
	})
}

func TestUserRemovedWhileListening(t *testing.T) {
	live(t, mailRules(), func(w *town) {
		w.holds("101", "102", 4)
		one := w.owns("101")
		one.dials("*97")
		one.press("1")
		one.reaches(1)
		rules := mailRules()
		rules.Users, rules.Groups[0].Agents = rules.Users[1:], rules.Groups[0].Agents[1:]
		w.x.Reload(Config{MaxCalls: 50, CallsPerSecond: 50}, rules)
		one.reaches(3)
		one.press("3")
		one.Asks("BYE")
		one.Hears("SIP/2.0 ")
		w.pass(time.Second)
		w.waits("101", 0, 0)
		w.phone("102")
	})
}

func TestNobodyPressesAnything(t *testing.T) {
	live(t, mailRules(), func(w *town) {
		one := w.owns("101")
		one.dials("*97")
		one.Hears("BYE")
		one.Answers("BYE", 200, "")
		w.phone("102")
	})
}

// TestHangUpAtAnyMoment hangs up after so many milliseconds of a visit full of keys.
func TestHangUpAtAnyMoment(t *testing.T) {
	for after := range 22 {
		t.Run(fmt.Sprint(after), func(t *testing.T) {
			live(t, mailRules(), func(w *town) {
				w.holds("101", "102", 4)
				one := w.owns("101")
				one.dials("*97")
				for i, key := range "125246337592*1#3255#5" {
					if i == after {
						break
					}
					one.press(string(key))
					w.pass(time.Duration(after*37+i*211) * time.Millisecond % (3 * time.Second))
				}
				one.hangsUp()
				w.pass(time.Second)
				if drafts, _ := filepath.Glob(filepath.Join(w.folder(), "drafts", "*")); len(drafts) > 0 {
					t.Errorf("left behind: %v", drafts)
				}
				w.phone("102")
			})
		})
	}
}
