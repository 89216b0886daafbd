package sip

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"strconv"
	"strings"
	"time"

	"ringtide/sip/internal/wire"
)

const (
	product    = "ringtide"               // User-Agent and Server headers
	paths      = "path"                   // the option tag of RFC 3327
	reliably   = "100rel"                 // the option tag of RFC 3262
	understood = paths + ", " + timers    // Supported, said outside of dialogs
	events     = "message-summary, refer" // Allow-Events (RFC 6665 section 8.2.5)
	bodies     = "application/sdp"        // Accept
)

// methods of Allow, for everybody.
const methods = "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, SUBSCRIBE"

func allow() wire.Header {
	return wire.NewHeader("Allow", methods)
}

// lists tells whether a header that is a list of words has one among them, in all its lines.
func lists(m wire.Message, header, word string) bool {
	for one := range strings.SplitSeq(strings.Join(wire.All(m, header), ","), ",") {
		if strings.TrimSpace(one) == word {
			return true
		}
	}
	return false
}

func retryAfter(t time.Duration) wire.Header {
	return wire.NewHeader("Retry-After", strconv.Itoa(int(max(t, time.Second)/time.Second)))
}

// tagOf returns the tag of a From or To header; "" if there is none.
func tagOf(p wire.Params) string { return p.GetOr("tag", "") }

// reply answers a request in our name.
func (s *Server) reply(req *wire.Request, code int, more ...wire.Header) *wire.Response {
	res := wire.NewResponse(req, code, "")
	res.AppendHeader(wire.NewHeader("Server", product))
	for _, h := range more {
		res.AppendHeader(h)
	}
	return res
}

func setSDP(m wire.Message, sdp []byte) {
	if sdp != nil {
		m.AppendHeader(wire.NewHeader("Content-Type", "application/sdp"))
		m.SetBody(sdp)
	}
}

// sdpOf returns the SDP of a message: its body, or that part of a multipart one (RFC 5621); nil if there is none. Not
// ok: there is a body that we must understand and do not, to be answered 415 (RFC 3261 section 8.2.3).
func sdpOf(m wire.Message) (sdp []byte, ok bool) {
	body := m.Body()
	if len(body) == 0 {
		return nil, true
	}
	if e := wire.Get(m, "Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return nil, false
	}
	kind, params, err := mime.ParseMediaType(wire.Get(m, "Content-Type"))
	switch {
	case err == nil && kind == "application/sdp":
		return body, true
	case err == nil && strings.HasPrefix(kind, "multipart/"):
		return sdpPart(body, params["boundary"])
	}
	return nil, optional(wire.Get(m, "Content-Disposition"))
}

func sdpPart(body []byte, boundary string) (sdp []byte, ok bool) {
	parts := multipart.NewReader(bytes.NewReader(body), boundary)
	ok = true
	for {
		part, err := parts.NextRawPart()
		if err != nil {
			return sdp, ok && err == io.EOF //nolint:errorlint // bare at the last boundary; wrapped, the body is cut off
		}
		kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if kind == "application/sdp" && sdp == nil {
			if sdp, err = io.ReadAll(part); err != nil {
				return nil, false
			}
		} else if d := part.Header.Get("Content-Disposition"); d != "" && !optional(d) && strings.Contains(d, "handling") {
			ok = false
		}
	}
}

// optional bodies may be ignored (RFC 3261 section 20.11).
func optional(disposition string) bool {
	_, params, err := mime.ParseMediaType(disposition)
	return err == nil && strings.EqualFold(params["handling"], "optional")
}

// contactOf returns the URI of the first Contact; not ok: there is none, or none that requests could go to.
func contactOf(m wire.Message) (uri wire.Uri, ok bool) {
	for _, c := range wire.List(wire.Get(m, "Contact")) {
		_, uri, _, err := wire.ParseAddress(c)
		uri.Headers = nil // not allowed in a Request-URI (RFC 3261 section 19.1.1)
		return uri, err == nil && (uri.Scheme == "sip" || uri.Scheme == "sips") && uri.Host != ""
	}
	return uri, false
}

// recordRoute returns the URIs of all Record-Route headers, topmost first.
func recordRoute(m wire.Message) (uris []wire.Uri) {
	for _, value := range wire.All(m, "Record-Route") {
		for _, one := range wire.List(value) {
			if _, uri, _, err := wire.ParseAddress(one); err == nil {
				uris = append(uris, uri)
			}
		}
	}
	return uris
}

// looseRoutes says whether all proxies on the way follow RFC 3261 section 16.12: strict ones died out with RFC 2543.
func looseRoutes(uris []wire.Uri) bool {
	for _, u := range uris {
		if !u.UriParams.Has("lr") {
			return false
		}
	}
	return true
}
