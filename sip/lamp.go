package sip

import (
	"fmt"

	"ringtide/sip/internal/wire"
)

// messageSummary is the name of the package that lights a phone's lamp for new messages (RFC 3842).
const messageSummary = "message-summary"

// lampPackage is that package. A user has one lamp, its own: asked for by its address or that of the voicemail code.
func (s *Server) lampPackage() *eventPackage {
	return &eventPackage{
		name: messageSummary,
		kind: "application/simple-message-summary",
		watched: func(user string, at wire.Uri) (string, int) {
			switch name := unescape(at.User); {
			case !s.isOurs(at):
				return "", 404
			case name == user, name != "" && name == s.config.Load().Voicemail:
				return user, 0
			case s.knows(name):
				return "", 403
			}
			return "", 404
		},
		body: func(user string) []byte { return s.waiting(user).body(s.account(user)) },
	}
}

// summary is what a lamp says.
type summary struct{ fresh, old int }

// waiting is what there is for a user now.
func (s *Server) waiting(user string) (w summary) {
	if s.handler.Messages != nil {
		s.guard(func() { w.fresh, w.old = s.handler.Messages(user) })
	}
	return w
}

// account is where a user hears its messages: phones call it when the key beside the lamp is pressed.
func (s *Server) account(user string) wire.Uri {
	c := s.config.Load()
	if c.Voicemail != "" {
		user = c.Voicemail
	}
	return wire.Uri{Scheme: "sip", User: escapeUser(user), Host: c.Domain}
}

// body is written as RFC 3842 section 5.2 wants it. Nobody can leave an urgent message.
func (w summary) body(account wire.Uri) []byte {
	waiting := "no"
	if w.fresh > 0 {
		waiting = "yes"
	}
	return fmt.Appendf(nil, "Messages-Waiting: %s\r\nMessage-Account: %s\r\nVoice-Message: %d/%d (0/0)\r\n",
		waiting, account.String(), w.fresh, w.old)
}

// MessagesChanged has all phones of a user told what Handler.Messages says from now on. It never blocks and may be called from
// anywhere.
func (s *Server) MessagesChanged(user string) {
	for _, u := range s.desk.subscriptions.of(subject{messageSummary, user}) {
		s.desk.pace.put(urgent, 0, u)
	}
	for _, l := range s.desk.reg.lamps(user) {
		s.desk.pace.put(urgent, 0, l)
	}
}
