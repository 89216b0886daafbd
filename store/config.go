package store

import "path/filepath"

// Config says where records live.
type Config struct {
	Path string // folder of the database, the journal and the voicemail; made if missing, mode 0700
}

func (c Config) database() string  { return filepath.Join(c.Path, "ringtide.db") }
func (c Config) emergency() string { return filepath.Join(c.Path, "emergency.jsonl") }
func (c Config) journal() string   { return filepath.Join(c.Path, "journal") }
func (c Config) lock() string      { return filepath.Join(c.Path, "lock") }
