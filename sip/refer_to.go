package sip

import (
	"strings"

	"ringtide/sip/internal/wire"
)

// referral is where a REFER wants somebody to go.
type referral struct {
	to       string    // user part or number
	replaces *replaced // nil: none
}

// replaced names a dialog by its id as its other end sees it (RFC 3891 section 3).
type replaced struct {
	callID, toTag, fromTag string
	earlyOnly              bool
}

// badReferral is why a REFER cannot be followed.
type badReferral struct {
	code int
	more []wire.Header
}

// readReferral reads Refer-To (RFC 3515 section 2.1). A host that is not ours is refused: users are taken to users, groups,
// codes and numbers, and nothing is ever sent to an address that a REFER brings. Of the headers that a URI may carry
// (RFC 3261 section 19.1.1) Replaces and Require count, all others are ignored.
func (s *Server) readReferral(req *wire.Request) (r referral, bad *badReferral) {
	if wire.Get(req, "Replaces") != "" { // RFC 3891 section 3: in INVITEs alone
		return r, &badReferral{code: 400}
	}
	uri, ok := referTo(req)
	if !ok {
		return r, &badReferral{code: 400}
	}
	r.to = userOf(uri)
	if uri.Scheme == "tel" && strings.Trim(r.to, "+*#0123456789") == "" && r.to != "" {
		return r, nil
	}
	if uri.Scheme != "sip" && uri.Scheme != "sips" {
		return r, &badReferral{code: 416}
	}
	if r.replaces, bad = readReplaces(uri.Headers); bad != nil {
		return r, bad
	}
	method := param(uri.UriParams, "method")
	switch {
	// A caller who withholds his number has an address of nobody's (RFC 3323 section 4.1.1.3). With Replaces it only fills
	// the place: the dialog says where to go.
	case !s.isOurs(uri) && (r.replaces == nil || !strings.EqualFold(uri.Host, nobodysHost)),
		method != "" && !strings.EqualFold(method, "INVITE"):
		return r, &badReferral{code: 403}
	case r.replaces != nil:
		r.to = ""
	case r.to == "":
		return r, &badReferral{code: 404}
	}
	return r, nil
}

// referTo returns the one URI of Refer-To (RFC 3515 section 2.4.2). One with headers belongs into angle brackets (RFC 3261
// section 20); some phones forget them.
func referTo(req *wire.Request) (uri wire.Uri, ok bool) {
	values := wire.All(req, "Refer-To")
	if len(values) != 1 || len(wire.List(values[0])) != 1 {
		return uri, false
	}
	text := values[0]
	if !strings.Contains(text, "<") {
		text = "<" + text + ">"
	}
	_, uri, _, err := wire.ParseAddress(text)
	return uri, err == nil
}

// readReplaces finds the dialog to be replaced among the headers of a URI.
func readReplaces(headers wire.Params) (r *replaced, bad *badReferral) {
	required := ""
	for _, h := range headers {
		switch strings.ToLower(unescape(h.K)) {
		case "replaces":
			if r != nil {
				return nil, &badReferral{code: 400}
			}
			if r = parseReplaces(unescape(h.V)); r == nil {
				return nil, &badReferral{code: 400}
			}
		case "require":
			required += "," + unescape(h.V)
		}
	}
	var unknown []string
	for tag := range strings.SplitSeq(required, ",") {
		if tag = cleanName(tag); tag != "" && (r == nil || !strings.EqualFold(tag, "replaces")) {
			unknown = append(unknown, tag)
		}
	}
	if unknown != nil { // RFC 3261 section 8.2.2.3
		return nil, &badReferral{420, []wire.Header{wire.NewHeader("Unsupported", strings.Join(unknown, ", "))}}
	}
	return r, nil
}

// parseReplaces reads the value of a Replaces header, which has exactly one of each tag (RFC 3891 section 6.1); nil if not.
func parseReplaces(value string) *replaced {
	callID, params, _ := strings.Cut(value, ";")
	r := &replaced{callID: strings.TrimSpace(callID)}
	for one := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(one, "=")
		value = strings.TrimSpace(value)
		var tag *string
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "to-tag":
			tag = &r.toTag
		case "from-tag":
			tag = &r.fromTag
		case "early-only":
			r.earlyOnly = true
			continue
		default:
			continue
		}
		if *tag != "" || value == "" {
			return nil
		}
		*tag = value
	}
	if r.callID == "" || r.toTag == "" || r.fromTag == "" {
		return nil
	}
	return r
}

// findReplaced returns the dialog with a user that both tags name, or nil. Which tag is whose is clear (to-tag is ours, as
// in a request of the peer), but phones swap them; only who is in the dialog knows both.
func (s *Server) findReplaced(r *replaced, user string) *Dialog {
	for _, tags := range [...][2]string{{r.toTag, r.fromTag}, {r.fromTag, r.toTag}} {
		d := s.dialogs.find(dialogKey{r.callID, tags[0]})
		if d != nil && d.who == (Identity{User: user}) && d.peer.usesTag(tags[1], wire.REFER) {
			return d
		}
	}
	return nil
}
