package sip

// TrunkState is whether calls can go out over a trunk.
type TrunkState struct {
	Name string
	// Up: an address of it has answered something and then not been silent (not looked at if Config.Qualify is 0), and it is
	// registered if it is to be.
	Up bool
}

// Trunks returns the state of all trunks that calls can be sent to, in the order of the configuration. It never blocks.
func (s *Server) Trunks() (list []TrunkState) {
	c := s.config.Load()
	for _, t := range c.Trunks {
		if len(t.URIs) > 0 {
			up := s.desk.accounts.up(t) && (c.Qualify <= 0 || s.desk.health.up(t.Name))
			list = append(list, TrunkState{Name: t.Name, Up: up})
		}
	}
	return list
}
