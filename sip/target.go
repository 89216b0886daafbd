package sip

// Devices returns the reachable devices of a user, each once, those with a higher q first and then in order of
// registration. It never blocks.
func (s *Server) Devices(user string) (list []Target) {
	for _, b := range s.desk.reg.devices(user) {
		t := Target{Device: b.key, User: b.user, Remote: b.flow.Remote.Addr().Unmap()}
		t.Local, t.Advertise = s.mediaAddress(b.flow)
		list = append(list, t)
	}
	return list
}

// TrunkTarget returns where calls over a trunk go first, by addresses known already: it never blocks. The error names the
// trunk and says what is missing.
func (s *Server) TrunkTarget(trunk string) (Target, error) {
	hops, err := s.ways(trunk, "")
	if err != nil {
		return Target{}, err
	}
	t := Target{Trunk: trunk, Remote: hops[0].flow.Remote.Addr()}
	t.Local, t.Advertise = s.mediaAddress(hops[0].flow)
	return t, nil
}

// Registrations returns what is registered now, by user in no particular order and for each user by rank.
func (s *Server) Registrations() []Registration { return s.desk.reg.all() }

// resolve returns the ways to a target, in order of failover: at least one, or an error. It never blocks.
func (s *Server) resolve(t Target, inv Invite) ([]hop, error) {
	if t.Trunk != "" {
		return s.ways(t.Trunk, inv.Number)
	}
	b, err := s.desk.reg.device(t.Device)
	if err != nil {
		return nil, err
	}
	// Whatever the contact says, the device is where its REGISTER came from (RFC 3581, RFC 5626 section 5.3).
	return []hop{{uri: b.uri, flow: b.flow, route: b.path}}, nil
}

// unreachable is told that a call to a target failed in a way that makes the target suspect: a device is left out until it
// gives a sign of life, and asked for one.
func (s *Server) unreachable(t Target) {
	if t.Device != "" {
		s.desk.reg.unreachable(t.Device)
	}
}
