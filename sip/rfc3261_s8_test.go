package sip

import (
	"testing"

	"ringtide/internal/phone"
)

// RFC 3261 section 8.2.1, RFC 6665 section 7.2.3: nothing a proven peer sends stays unanswered.
func TestItem29_UnknownRequests(t *testing.T) {
	inOffice(t, unlimited, func(o *office) {
		for who, h := range map[string]*phone.Phone{"user": o.phone("203.0.113.5:5060"), "trunk": o.phone(trunkAddr.String())} {
			for method, want := range map[string]int{
				"OPTIONS": 200, "BYE": 481, "INFO": 481, "UPDATE": 481, "PRACK": 481, "NOTIFY": 481, "CANCEL": 481,
				"SUBSCRIBE": 489, "PUBLISH": 489, "MESSAGE": 405, "DANCE": 501,
				"REFER": map[string]int{"user": 403, "trunk": 603}[who],
			} {
				res := h.Proves("101", "pw-101", method, "sip:102@pbx.test", nil)
				wantCode(t, who+" "+method, res, want)
				header := map[int]string{200: "Allow", 405: "Allow", 501: "Allow", 489: "Allow-Events"}[want]
				if header != "" && len(phone.Headers(res, header)) != 1 {
					t.Errorf("%s without %s:\n%s", method, header, res)
				}
			}
		}
	})
}
