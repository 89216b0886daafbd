package wire

import (
	"crypto/rand"
	"encoding/hex"
	"log/slog"

	"github.com/emiago/sipgo/sip"
)

// sipgo logs whole messages at level error by default; nothing of it is used that would need to log.
func init() { sip.SetDefaultLogger(slog.New(slog.DiscardHandler)) }

// NewRequest makes a request with its start line only. Via, Max-Forwards and Content-Length are added by Stack.Request.
func NewRequest(m Method, to Uri) *Request { return sip.NewRequest(m, to) }

// NewResponse answers req: Via, From, To, Call-ID and CSeq are copied (RFC 3261 section 8.2.6.2), Record-Route where the
// response can make a dialog (section 12.1.1), Timestamp into a 100. No To tag is added. An empty reason is replaced by
// the standard phrase. The headers are copies.
func NewResponse(req *Request, code int, reason string) *Response {
	if reason == "" {
		reason = Phrase(code)
	}
	res := sip.NewResponse(code, clean(reason))
	for _, h := range req.Headers() {
		switch h.Name() {
		case "Via", "From", "To", "Call-ID", "CSeq":
		case "Record-Route":
			if code < 101 || code > 299 || req.Method == REGISTER {
				continue
			}
		case "Timestamp":
			if code != 100 {
				continue
			}
		default:
			continue
		}
		res.AppendHeader(copyHeader(h))
	}
	res.SetBody(nil)
	return res
}

// NewTag returns a fresh tag for From or To, of 80 random bits.
func NewTag() string { return random(10) }

// NewCallID returns a fresh Call-ID, of 128 random bits.
func NewCallID() string { return random(16) }

// NewBranch returns a fresh Via branch, of 96 random bits, with the magic cookie of RFC 3261 section 8.1.1.7.
func NewBranch() string { return sip.RFC3261BranchMagicCookie + random(12) }

func random(n int) string {
	var b [16]byte
	rand.Read(b[:n])
	return hex.EncodeToString(b[:n])
}
