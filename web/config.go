package web

// Config of the web listener.
type Config struct {
	Listen string // HOST:PORT; "": none
}
