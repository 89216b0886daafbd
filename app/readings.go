package app

import "ringtide/web"

// readings are the edges' numbers for the metrics.
func (a *App) readings() web.Readings {
	m, s := a.media.Stats(), a.phones.Stats()
	r := web.Readings{
		Devices:     s.Registrations,
		InboxHigh:   a.exchange.InboxHigh(),
		Dialogs:     s.Dialogs,
		Sessions:    m.Sessions,
		PacketsIn:   uint64(m.PacketsIn),
		PacketsOut:  uint64(m.PacketsOut),
		PacketsLost: uint64(max(m.Lost, 0)),
		Foreign:     uint64(m.Foreign),
		Malformed:   s.Malformed,
		Strangers:   s.Refused,
	}
	if a.LogDropped != nil {
		r.LogDropped = a.LogDropped()
	}
	return r
}
