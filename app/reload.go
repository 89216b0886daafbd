package app

import (
	"fmt"

	"ringtide/config"
)

// Reload puts a valid new configuration into effect without touching running or waiting calls. What needs a restart
// (listeners, folders, ports) is named in the log and stays as it was. After an error nothing has changed.
func (a *App) Reload(cfg *config.Config) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if was, is := a.cfg.SIP.Domain, cfg.SIP.Domain; was != is {
		return fmt.Errorf("sip.domain cannot become %s while %s runs, because every password is bound to it: restart the program", is, was)
	}
	if err := a.media.Reload(cfg.Media); err != nil {
		return err
	}
	if err := a.phones.Reload(cfg.SIP); err != nil {
		return err
	}
	a.exchange.Reload(cfg.Call, cfg.Queue)
	a.lamps.reload(cfg.Queue)
	a.pins.reload(cfg.Users)
	for _, change := range config.Changed(a.cfg, cfg) {
		a.log.Info("configuration changed", "what", change)
	}
	a.cfg = cfg
	return nil
}
