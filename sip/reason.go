package sip

import (
	"strings"

	"ringtide/sip/internal/wire"
)

// headers of a CANCEL, BYE or final response that say why (RFC 3326). One only: two confuse some phones.
func (r Reason) headers() []wire.Header {
	if r == Elsewhere {
		return []wire.Header{wire.NewHeader("Reason", `SIP;cause=200;text="Call completed elsewhere"`)}
	}
	return nil
}

// saysElsewhere finds "completed elsewhere" among the reasons of a message: SIP 200, or Q.850 26 (non-selected user
// clearing).
func saysElsewhere(m wire.Message) bool {
	for _, value := range wire.All(m, "Reason") {
		for _, one := range wire.List(value) {
			protocol, params, _ := strings.Cut(one, ";")
			protocol = strings.ToUpper(strings.TrimSpace(protocol))
			for p := range strings.SplitSeq(params, ";") {
				name, cause, _ := strings.Cut(p, "=")
				if !strings.EqualFold(strings.TrimSpace(name), "cause") {
					continue
				}
				cause = strings.TrimSpace(cause)
				if protocol == "SIP" && cause == "200" || protocol == "Q.850" && cause == "26" {
					return true
				}
			}
		}
	}
	return false
}
