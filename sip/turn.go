package sip

// turn lets one NOTIFY at a time go to a peer: what changes while it is under way is said by the next, which then says all of
// it (RFC 6665 section 4.2.2). It belongs to its owner's lock.
type turn struct{ busy, again bool }

// take is false if somebody has the turn: it will be taken again after him.
func (t *turn) take() bool {
	if t.busy {
		t.again = true
		return false
	}
	t.busy = true
	return true
}

// end gives the turn back and tells whether it was wanted meanwhile.
func (t *turn) end() (again bool) {
	again = t.again
	*t = turn{}
	return again
}
