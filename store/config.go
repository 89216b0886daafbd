package store

// Config says where records live.
type Config struct {
	Path string // folder of the database, the journal and the voicemail; made if missing, mode 0700
}
