package app

import "ringtide/config"

// Reload puts a valid new configuration into effect without touching running or waiting calls. What needs a restart
// (listeners, folders, ports) is named in the log and stays as it was.
func (a *App) Reload(cfg *config.Config) error {
	if err := a.media.Reload(cfg.Media); err != nil {
		return err
	}
	if err := a.phones.Reload(cfg.SIP); err != nil {
		return err
	}
	a.exchange.Reload(cfg.Call, cfg.Queue)
	for _, change := range config.Changed(a.cfg, cfg) {
		a.log.Info("configuration changed", "what", change)
	}
	a.cfg = cfg
	return nil
}
