package app

import "ringtide/web"

// readings are the edges' numbers for the metrics.
func (a *App) readings() web.Readings {
	m, s, r := a.media.Stats(), a.phones.Stats(), a.store.Stats()
	all := web.Readings{
		Devices:      s.Registrations,
		InboxHigh:    a.exchange.InboxHigh(),
		Dialogs:      s.Dialogs,
		Transactions: s.Transactions,
		Sessions:     m.Sessions,
		PortsUsed:    m.PortsUsed,
		Ports:        m.Ports,
		PacketsIn:    uint64(m.PacketsIn),
		PacketsOut:   uint64(m.PacketsOut),
		PacketsLost:  uint64(max(m.Lost, 0)),
		Foreign:      uint64(m.Foreign),
		Malformed:    s.Malformed,
		Strangers:    s.Refused,
		SIPFaults:    s.Panics,
		MediaFaults:  uint64(m.Panics),
		LateTicks:    uint64(m.LateTicks),
		Waiting:      int(r.Waiting),
		Lost:         uint64(r.Dropped),
	}
	for _, t := range a.phones.Trunks() {
		all.Trunks = append(all.Trunks, web.Trunk{Name: t.Name, Up: t.Up})
	}
	if a.LogDropped != nil {
		all.LogDropped = a.LogDropped()
	}
	return all
}
