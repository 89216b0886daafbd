package call

import (
	"fmt"
	"strings"
	"time"

	"ringtide/internal/phone"
	"ringtide/queue"
)

// stage is how far a dialog has come, as its peer sees it.
type stage int

const (
	undecided stage = iota
	up              // a 2xx was said or heard
	over
)

// side is a dialog as its peer sees it.
type side struct {
	p             *peer
	id, tag       string // Call-ID and its own tag
	farTag        string
	local, remote string // From and To of its requests, without tags
	target        string
	seq           int
	state         stage
	ringing       bool // it has said 180
	confirmed     bool // an ACK was heard or said
	lost          bool // its peer was switched off, or forgot it
	leftBy        string
	begun         time.Time
	since         time.Time    // it is up
	visit         queue.CallID // the server's call that it was in when last looked at
	strange       time.Time    // since when the server does not take it for a party, although it takes itself for one
	hold          string       // how it holds the server; "" it does not
	held          bool         // it has done so: its resuming may not have been heard
	offering      bool         // its re-INVITE or UPDATE has no answer yet
	shown         map[int]bool // the server's re-INVITEs, by CSeq: whether the ACK of our answer has come
	audio         uint16       // packets of audio sent
	move          move

	port uint16 // where the server's audio listens

	// Called.
	invite   *reply
	first    queue.CallID // the call for which it was rung
	manner   manner
	group    string // X-Group
	quiet    bool   // it sends no audio
	forked   bool   // one of two who answer
	stubborn bool   // it answers when the CANCEL comes

	// Calling.
	plan      plan
	call      *ask
	early     string // To tag of its provisional responses
	final     int    // of its INVITE
	cancelled bool   // it wants the INVITE back
	talks     bool   // with a phone
	heard180  time.Time
}

func (s *side) request(method string, seq int, body string, more ...string) string {
	s.p.branch++
	to := s.remote
	if s.farTag != "" {
		to += ";tag=" + s.farTag
	}
	lines := strings.Join(more, "")
	if body != "" {
		lines += "Content-Type: application/sdp\r\n"
	}
	return fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s-%d;rport\r\nMax-Forwards: 70\r\nFrom: %s;tag=%s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContact: <sip:me@%s>\r\n%s%sContent-Length: %d\r\n\r\n%s",
		method, s.target, s.p.at, s.p.at.Addr(), s.p.branch, s.local, s.tag, to, s.id, seq, method, s.p.at, s.p.allow(), lines, len(body), body)
}

// asks sends a request within the dialog.
func (s *side) asks(method, body string, hears func(mail), more ...string) {
	s.seq++
	s.p.ask(method, s.request(method, s.seq, body, more...), hears)
}

// hangsUp ends a dialog that is up.
func (s *side) hangsUp() {
	if s.state != up {
		return
	}
	s.leftBy = "peer"
	if s.empty() {
		s.p.c.bookOf(s).dropped = true
	} else {
		s.deserts()
	}
	s.ends()
	s.asks("BYE", "", func(m mail) {
		if m.code == 0 {
			s.p.c.wrong("%s: nobody answers its BYE", s)
		}
	})
}

// deserts notes that whom it talks with may be sent away. Who has transferred its call is no party any more.
func (s *side) deserts() {
	if s.state != up || s.hasMoved() {
		return
	}
	s.p.c.bookOf(s).deserted = true
	if s.held {
		s.p.c.heldUp[s.p.user] = append(s.p.c.heldUp[s.p.user], time.Now())
	}
}

// empty: nobody will believe that it answered, unless it was another call that it did answer. Where messages are lost, nobody
// knows.
func (s *side) empty() bool {
	bad := s.p.c.bad
	return s.quiet && s.p.c.look(s) == s.first && bad.Loss == 0 && time.Since(s.since) < quickly-2*bad.MaxDelay
}

// serverLeft: BYE came.
func (s *side) serverLeft() {
	s.leftBy = "server"
	s.ends()
}

func (s *side) ends() {
	s.state = over
	s.ringing = false
}

func (s *side) String() string {
	name := s.p.user
	if name == "" {
		name = "carrier"
	}
	return fmt.Sprintf("%s, call %s", name, s.id)
}

// audioPort is where the server listens, as its description says.
func audioPort(text string) (port uint16) {
	_, rest, _ := strings.Cut(phone.Body(text), "m=audio ")
	fmt.Sscan(rest, &port)
	return port
}
