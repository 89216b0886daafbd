package voicemail

import "time"

// Config says where messages are kept and how long they may be. A zero number means its default.
type Config struct {
	Path        string        // folder of the messages; made if missing, mode 0700
	MaxLength   time.Duration // of a recording; default 180 s
	MaxSilence  time.Duration // that ends a recording; default 10 s
	MinLength   time.Duration // a shorter recording is not kept; default 1 s
	MaxMessages int           // per mailbox, those being recorded included; default 100
	MaxBytes    int64         // of all messages, those being recorded at their longest; default 4 GiB

	// Changed hears of every change of what Waiting tells, when it is durable. It is called on any goroutine and must not
	// block. nil: nobody wants to know.
	Changed func(mailbox string)
}

func (c Config) withDefaults() Config {
	orDefault(&c.MaxLength, 180*time.Second)
	orDefault(&c.MaxSilence, 10*time.Second)
	orDefault(&c.MinLength, time.Second)
	orDefault(&c.MaxMessages, 100)
	orDefault(&c.MaxBytes, 4<<30)
	if c.Changed == nil {
		c.Changed = func(string) {}
	}
	return c
}

func orDefault[T time.Duration | int | int64](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}

// longest is how many bytes a recording can have: 16-bit sound, mono, 8 kHz.
func (c Config) longest() int64 { return int64(c.MaxLength.Seconds()*16000) + 1024 }
