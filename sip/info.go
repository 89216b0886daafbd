package sip

import (
	"mime"
	"strings"
	"time"

	"ringtide/sip/internal/wire"
)

const (
	keyBodies   = "application/dtmf-relay, application/dtmf" // Accept
	keysAMinute = 200                                        // more are answered and not reported: nobody types so fast
)

// informed takes INFO: keys that a phone does not send in its audio. Without a body it only asks whether we live; no package
// (RFC 6086 section 5) is known.
func (d *Dialog) informed(tx *wire.ServerTx) {
	req := tx.Request()
	kind, _, _ := mime.ParseMediaType(wire.Get(req, "Content-Type"))
	switch {
	case wire.Get(req, "Info-Package") != "":
		d.say(tx, 469, wire.NewHeader("Recv-Info", ""))
	case len(req.Body()) == 0:
		d.say(tx, 200)
	case kind == "application/dtmf-relay", kind == "application/dtmf":
		key, ok := keyOf(string(req.Body()))
		if !ok {
			d.say(tx, 400)
			return
		}
		d.say(tx, 200)
		if !d.forked() && d.keys.allows(time.Now(), keysAMinute, time.Minute) {
			d.emit(Digit{Key: key})
		}
	default:
		d.say(tx, 415, wire.NewHeader("Accept", keyBodies))
	}
}

// keyOf reads "Signal=5", among other lines, or "5" alone. 10 and 11 are the codes of * and # (RFC 4733 section 3.2).
func keyOf(body string) (key byte, ok bool) {
	for line := range strings.Lines(body) {
		if name, value, found := strings.Cut(line, "="); found && strings.EqualFold(strings.TrimSpace(name), "Signal") {
			body = value
			break
		}
	}
	switch body = strings.ToUpper(strings.TrimSpace(body)); body {
	case "10":
		return '*', true
	case "11":
		return '#', true
	}
	if len(body) != 1 || strings.IndexByte("0123456789ABCD*#", body[0]) < 0 {
		return 0, false
	}
	return body[0], true
}
