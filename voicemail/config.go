package voicemail

import "time"

// Config says where messages are kept and how long they may be. A zero field other than Path means its default.
type Config struct {
	Path        string        // folder of the messages; made if missing, mode 0700
	MaxLength   time.Duration // of a recording; default 180 s
	MaxSilence  time.Duration // that ends a recording; default 10 s
	MinLength   time.Duration // a shorter recording is not kept; default 1 s
	MaxMessages int           // per mailbox, those being recorded included; default 100
}

func (c Config) withDefaults() Config {
	orDefault(&c.MaxLength, 180*time.Second)
	orDefault(&c.MaxSilence, 10*time.Second)
	orDefault(&c.MinLength, time.Second)
	orDefault(&c.MaxMessages, 100)
	return c
}

func orDefault[T time.Duration | int](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}
