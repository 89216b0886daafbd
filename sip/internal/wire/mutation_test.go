package wire

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"ringtide/internal/fakenet"
)

// Twenty thousand damaged messages: no panic, hardly more answers than questions, nothing left behind.
func TestDamagedMessages(t *testing.T) {
	inBed(t, Config{Handler: answering}, func(b *bed) {
		random := rand.New(rand.NewPCG(1, 2))
		var seeds [][]byte
		for _, data := range tortures(t) {
			seeds = append(seeds, data)
		}
		slices.SortFunc(seeds, bytes.Compare)
		for _, m := range []string{"INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "REGISTER"} {
			seeds = append(seeds, []byte(crlf(request(m, "1", ""))))
		}
		const n = 20000
		for i := range n {
			b.peer.WriteToUDPAddrPort(damage(random, seeds), ourAddr)
			if i%500 == 0 {
				b.wait(time.Millisecond)
			}
		}
		b.say(request("OPTIONS", "last", ""))
		if s := b.stack.Stats(); s.Panics != 0 || s.Out > n*12/10 {
			t.Errorf("%+v", s)
		}
		b.wait(2 * time.Minute)
		if s := b.stack.Stats(); s.Servers != 0 {
			t.Errorf("%+v", s)
		}
		tape := b.net.Tape()
		if !slices.ContainsFunc(tape, func(p fakenet.Packet) bool {
			return p.From == ourAddr && short(p.Data) == "200" && bytes.Contains(p.Data, []byte("call-last"))
		}) {
			t.Error("the last request was not answered")
		}
	})
}

// damage returns one of the seeds with a few octets changed, cut, doubled or replaced by a piece of another.
func damage(random *rand.Rand, seeds [][]byte) []byte {
	data := slices.Clone(seeds[random.IntN(len(seeds))])
	for range 1 + random.IntN(4) {
		if len(data) < 2 {
			break
		}
		at := random.IntN(len(data) - 1)
		length := random.IntN(min(40, len(data)-at))
		switch random.IntN(5) {
		case 0:
			data[at] = byte(random.IntN(256))
		case 1:
			data = slices.Delete(data, at, at+length)
		case 2:
			data = slices.Insert(data, at, data[at:at+length]...)
		case 3:
			other := seeds[random.IntN(len(seeds))]
			from := random.IntN(len(other))
			data = slices.Insert(data, at, other[from:min(from+length, len(other))]...)
		case 4:
			special := "\r\n\x00:;,<>\"@[]% \t="
			data[at] = special[random.IntN(len(special))]
		}
	}
	return data[:min(len(data), 60000)]
}
