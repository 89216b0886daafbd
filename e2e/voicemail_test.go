package e2e

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// All rang out: the caller hears the greeting and the beep and leaves a message. It is a WAV file that can be played,
// as long as what was said and as loud, and the call stands in the missed list.
func TestVector13_VoicemailAfterEverybodyRangOut(t *testing.T) {
	t.Parallel()
	const spoke = 3 * time.Second
	x := start(t, plan{groups: salesEverybody})
	alice, bob := x.phone("101", ignores), x.phone("102", ignores)
	mouth := x.listen(x.trunk)
	c := x.callsWith(mouth, "+15551000", untilReleased)
	to, _ := c.answered().audio()
	mouth.speak(to, 440)

	rang := alice.cancelled(1).cancelled
	same(t, "Reason in Alice's CANCEL", alice.rings()[0].reason, "")
	bob.cancelled(1)
	x.recording()
	began := time.Now()
	lasts(t, "the message is being left", spoke, func() bool { return !c.saw(asked("BYE")) })
	c.hangsUp()
	c.over()

	m := x.missing(1)[0]
	same(t, "reason", m.Reason, "message_left")
	same(t, "attempts", m.atOnce(), "101 no_answer, 102 no_answer")
	if rang.After(began) {
		t.Error("the recording began while phones rang")
	}
	sound := x.message("sales")
	// The beginning was seen a little late in the file, and the end a little early.
	took(t, "the message", time.Duration(len(sound))*time.Second/8000, spoke-200*time.Millisecond, prompt)
	middle := sound[len(sound)/4 : len(sound)*3/4]
	if s := share(middle, 440); s < 0.9 {
		t.Errorf("%.0f %% of the message is the tone that was spoken", 100*s)
	}
	if got, want := rms(middle), loudness/1.4142; got < 0.9*want || got > 1.1*want {
		t.Errorf("the message has a level of %.0f, spoken was %.0f", got, want)
	}
}

// recording waits until a message is being recorded.
func (x *exchange) recording() {
	x.t.Helper()
	await(x.t, "a recording", 25*time.Second, func() bool {
		list, _ := filepath.Glob(filepath.Join(x.data(), "voicemail", "drafts", "*.wav"))
		for _, f := range list {
			if info, err := os.Stat(f); err == nil && info.Size() > 44 {
				return true
			}
		}
		return false
	})
}

// message waits for the only message in a mailbox and reads its samples.
func (x *exchange) message(mailbox string) []float64 {
	x.t.Helper()
	var list []string
	await(x.t, "a message in mailbox "+mailbox, patience, func() bool {
		list, _ = filepath.Glob(filepath.Join(x.data(), "voicemail", "messages", mailbox, "*.wav"))
		return len(list) == 1
	})
	raw, err := os.ReadFile(list[0])
	if err != nil {
		x.t.Fatal(err)
	}
	return x.samples(raw)
}

// samples reads a WAV file: RIFF, 8 kHz mono, 16 bit or PCMU.
func (x *exchange) samples(raw []byte) (out []float64) {
	x.t.Helper()
	if len(raw) < 44 || string(raw[:4]) != "RIFF" || string(raw[8:16]) != "WAVEfmt " {
		x.t.Fatalf("not a WAV file: %q", raw[:min(16, len(raw))])
	}
	if size := int(binary.LittleEndian.Uint32(raw[4:])); size != len(raw)-8 {
		x.t.Errorf("RIFF says %d bytes, the file has %d more", size, len(raw)-8)
	}
	format, rate := binary.LittleEndian.Uint16(raw[20:]), binary.LittleEndian.Uint32(raw[24:])
	same(x.t, "channels", binary.LittleEndian.Uint16(raw[22:]), 1)
	same(x.t, "samples a second", rate, 8000)
	at := 20 + int(binary.LittleEndian.Uint32(raw[16:]))
	for at+8 <= len(raw) && string(raw[at:at+4]) != "data" {
		at += 8 + int(binary.LittleEndian.Uint32(raw[at+4:]))
	}
	if at+8 > len(raw) || at+8+int(binary.LittleEndian.Uint32(raw[at+4:])) > len(raw) {
		x.t.Fatal("the WAV file has no complete data chunk")
	}
	data := raw[at+8:][:binary.LittleEndian.Uint32(raw[at+4:])]
	switch format {
	case 1:
		for i := 0; i+1 < len(data); i += 2 {
			out = append(out, float64(int16(binary.LittleEndian.Uint16(data[i:]))))
		}
	case 7:
		for _, b := range data {
			out = append(out, fromMulaw(b))
		}
	default:
		x.t.Fatalf("WAV format %d", format)
	}
	return out
}
