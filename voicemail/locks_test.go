package voicemail

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// pins is a directory with one PIN for every mailbox but "none"; it counts what is asked.
func pins(asked *atomic.Int64) *Locks {
	return NewLocks(func(mailbox string) func(string) bool {
		if mailbox == "none" {
			return nil
		}
		return func(pin string) bool {
			asked.Add(1)
			return pin == "4711"
		}
	})
}

func TestFiveWrongPINsLockASourceOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		l := pins(&asked)
		for i := range 4 {
			if l.Check("101", "trunk a", "0000") {
				t.Fatal("wrong, but right")
			}
			<-time.After(time.Duration(i) * time.Minute)
		}
		if !l.Check("101", "trunk a", "4711") { // the fifth is right: forgiven
			t.Fatal("right, but wrong")
		}
		for range 5 {
			l.Check("101", "trunk a", "0000")
		}
		before := asked.Load()
		if l.Check("101", "trunk a", "4711") || asked.Load() != before+1 {
			t.Error("locked out, but let in, or not taking as long")
		}
		for _, other := range []pair{{"101", "user 101"}, {"102", "trunk a"}} {
			if !l.Check(other.mailbox, other.source, "4711") {
				t.Errorf("%v is locked out too", other)
			}
		}
		<-time.After(14 * time.Minute)
		if l.Check("101", "trunk a", "4711") {
			t.Error("let in too early")
		}
		<-time.After(time.Minute)
		if !l.Check("101", "trunk a", "4711") {
			t.Error("locked out for ever")
		}
	})
}

func TestManyCallsAtOnceHaveNoMoreTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var judged atomic.Int64
		l := NewLocks(func(string) func(string) bool {
			return func(pin string) bool {
				<-time.After(30 * time.Millisecond) // the work of the hash
				return pin == "0007"
			}
		})
		var calls sync.WaitGroup
		for i := range 1000 {
			calls.Go(func() {
				if l.Check("101", "trunk a", PIN(fmt.Sprintf("%04d", i))) {
					judged.Add(1)
				}
			})
		}
		calls.Wait()
		l.mu.Lock()
		defer l.mu.Unlock()
		if wrong := l.tried[pair{"101", "trunk a"}].wrong; judged.Load() == 0 && wrong != maxWrong || wrong > maxWrong {
			t.Errorf("%d counted, %d let in", wrong, judged.Load())
		}
	})
}

func TestLocksTakeNoMoreThanTheirRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		l := pins(&asked)
		for i := range maxTried + 10 {
			l.Check(fmt.Sprint(i), "trunk a", "0000")
		}
		if len(l.tried) != maxTried {
			t.Errorf("%d are remembered", len(l.tried))
		}
		if l.Check("one more", "trunk a", "4711") {
			t.Error("let in without being counted")
		}
		<-time.After(lockFor)
		if !l.Check("one more", "trunk a", "4711") || len(l.tried) != 0 {
			t.Errorf("%d are remembered for ever", len(l.tried))
		}
	})
}

func TestMailboxWithoutPIN(t *testing.T) {
	var asked atomic.Int64
	var none *Locks
	if none.Has("101") || none.Check("101", "user 101", "") || pins(&asked).Has("none") || pins(&asked).Check("none", "user 101", "") {
		t.Error("nothing opens it")
	}
}

// TestBruteForce calls again and again, three wrong PINs each: within an hour a source has 20 tries, and never learns
// that it is locked out.
func TestBruteForce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		l := pins(&asked)
		admitted, heard, began := 0, map[string]int{}, time.Now()
		for pin := 0; time.Since(began) < time.Hour; {
			o := NewOwner(Config{}, Visit{Boxes: []string{"101"}, AskPIN: true, Remote: true})
			orders := o.Step(Began{})
			for len(orders) > 0 {
				var next []Order
				for _, order := range orders {
					switch order := order.(type) {
					case Say:
						heard[order.String()]++
						if o.place == atDoor {
							for _, key := range fmt.Sprintf("%04d#", pin%4000) {
								next = append(next, o.Step(Digit{byte(key)})...)
							}
							pin++
						} else {
							next = append(next, o.Step(Played{})...)
						}
					case CheckPIN:
						if t := l.tried[pair{"101", "trunk a"}]; t.wrong < maxWrong || !time.Now().Before(t.until) {
							admitted++
						}
						next = append(next, o.Step(Checked{l.Check(order.Mailbox, "trunk a", order.PIN)})...)
						<-time.After(time.Second)
					}
				}
				orders = next
			}
			if o.place != left {
				t.Fatal("the call does not end")
			}
		}
		if admitted != 20 {
			t.Errorf("%d tries were judged", admitted)
		}
		if len(heard) != 3 { // enter, wrong and enter, wrong and goodbye
			t.Errorf("callers heard %v", heard)
		}
	})
}

func TestPINDoesNotShow(t *testing.T) {
	order := CheckPIN{"101", "4711"}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "order", order, "pin", order.PIN)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "order", order, "pin", order.PIN)
	text, err := json.Marshal(order)
	must(t, err)
	all := fmt.Sprintf("%v %+v %#v %s %q %v %s %s", order, order, order, order, order.PIN, order.PIN, text, log.String())
	if strings.Contains(all, "4711") {
		t.Errorf("the PIN shows: %s", all)
	}
}
