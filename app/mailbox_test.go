package app_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ringtide/app/apptest"
	"ringtide/config"
	"ringtide/internal/phone"
	"ringtide/voicemail"
)

// book is a log that many goroutines write.
type book struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (p *book) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

// press sends keys by INFO.
func press(h *phone.Phone, keys string) {
	for _, key := range keys {
		h.Seq++
		h.Send(h.Request("INFO", h.Seq, []string{"Content-Type: application/dtmf-relay"}, "Signal="+string(key)+"\r\nDuration=100\r\n"))
		h.Hears("SIP/2.0 200")
	}
}

// TestOwnerWithAPIN hears a message: the PIN of the configuration opens the mailbox, and shows nowhere.
func TestOwnerWithAPIN(t *testing.T) {
	hashed, err := config.HashPIN("25802580")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	text := strings.NewReplacer("name: Alice,", "name: Alice, pin: '"+hashed+"',", `peers: ["127.0.0.1"]`, `peers: ["127.0.0.9"]`).
		Replace(yaml(folder, sales))
	shelf, err := voicemail.OpenShelf(voicemail.Config{Path: filepath.Join(folder, "data", "voicemail")})
	if err != nil {
		t.Fatal(err)
	}
	about := strings.TrimSuffix(shelf.File("101", keepsShort(t, shelf, "101")), ".wav") + ".json"
	log := &book{}
	p := apptest.MustRun(t, apptest.Config(t, text), slog.New(slog.NewTextHandler(log, nil)))
	alice := line(t, p, "alice")
	alice.CallsProven("*97", "101", phone.Password("101"))
	alice.Hears("SIP/2.0 200")
	alice.Acks()
	press(alice, "25802580#")
	again := time.NewTicker(500 * time.Millisecond)
	defer again.Stop()
	eventually(t, "the message to be old", func() bool {
		press(alice, "1")
		<-again.C
		known, err := os.ReadFile(about)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Contains(known, []byte(`"heard":true`))
	})
	alice.Asks("BYE")
	alice.Hears("SIP/2.0 200")
	log.mu.Lock()
	defer log.mu.Unlock()
	if strings.Contains(log.text.String(), "25802580") {
		t.Error("the PIN shows in the log")
	}
}

// keepsShort puts a message of 40 ms into a mailbox.
func keepsShort(t *testing.T, shelf *voicemail.Shelf, mailbox string) (id string) {
	t.Helper()
	d, err := shelf.New(voicemail.Message{Mailbox: mailbox, At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	sound := []byte("RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data\x00\x00\x00\x00")
	if err := os.WriteFile(d.Path(), append(sound, make([]byte, 640)...), 0o600); err != nil {
		t.Fatal(err)
	}
	if id, err = d.Keep(40 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	return id
}
