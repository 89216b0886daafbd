package queue

import "slices"

// askMoves are what people in a call may ask for: who talks, that the other side be transferred; who waits, by a key, that it go
// elsewhere; who listens to mailboxes, that it end or that the sender be called.
func (b *board) askMoves(i int, p *piece) []move {
	var moves []move
	if p.open {
		moves = append(moves, move{verb: "close", call: i})
		for _, to := range b.dials {
			if b.asks > 0 {
				moves = append(moves, move{verb: "close", call: i, to: to})
			}
		}
	}
	if b.asks == 0 || p.stage != present {
		return moves
	}
	if p.winner != 0 {
		for _, l := range p.legs {
			if l.agent != "" && !l.part && (l.id == p.winner || l.id == p.caller) {
				moves = append(moves, b.transferMoves(i, l)...)
			}
		}
	} else if p.accepted && p.box == "" && !p.open {
		for _, k := range b.keys {
			moves = append(moves, move{verb: "press", call: i, to: k})
		}
	}
	return moves
}

// transferMoves are those of a leg that talks.
func (b *board) transferMoves(i int, l boardLeg) []move {
	var moves []move
	at := func(verb, to string) {
		moves = append(moves, move{verb: verb, call: i, leg: l.id, agent: l.agent, to: to})
	}
	for _, to := range b.dials {
		at("refer", to)
	}
	for j := range b.calls {
		if b.speaks(j, l.agent) && j != i {
			at("attend", string(b.script[j].Call))
		}
	}
	return moves
}

// speaks says that the user is a side of the call: its caller, or its target that has answered.
func (b *board) speaks(i int, user AgentID) bool {
	p := &b.calls[i]
	return user != "" && p.stage == present && slices.ContainsFunc(p.legs, func(l boardLeg) bool {
		return l.agent == user && !l.part && (l.id == p.caller || l.id == p.winner)
	})
}

// consults says that the user of call i is a side of another call, too.
func (b *board) consults(i int, user AgentID) bool {
	for j := range b.calls {
		if j != i && b.speaks(j, user) {
			return true
		}
	}
	return false
}

// ask puts the question to the engine.
func (b *board) ask(id CallID, p *piece, m move) {
	by := ByTarget
	if m.leg == p.caller {
		by = ByCaller
	}
	switch m.verb {
	case "refer":
		p.askers = append(p.askers, m.leg)
		p.tell(TransferAsked{Call: id, By: by, To: m.to})
	case "attend":
		p.askers = append(p.askers, m.leg)
		p.tell(TransferAsked{Call: id, By: by, With: CallID(m.to)})
	case "press":
		p.tell(Digits{id, m.to})
	case "close":
		p.open = false
		p.tell(MailboxClosed{id, m.to})
		if m.to == "" {
			return
		}
	}
	b.asks--
}
