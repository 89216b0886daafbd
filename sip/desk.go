package sip

import (
	"fmt"
	"runtime/debug"
	"sync/atomic"

	"ringtide/sip/internal/wire"
)

// desk is what the server knows about users and trunks: everything that lives longer than a dialog.
type desk struct {
	auth     *authenticator
	old      *oldPhones
	reg      *registrar
	trunks   *trunks
	hops     *failedHops
	health   *health
	accounts *accounts
	resolver *resolver
	budget   *budget
	security *securityLog
	scribe   *scribe // nil: registrations are not kept
	refused  atomic.Uint64

	packages      map[string]*eventPackage // by name
	subscriptions *subscriptions
	pace          *pace
}

// openDesk builds the desk and reads registrations back. What is reachable by them is reported before it returns.
func (s *Server) openDesk(r Registrations) error {
	c := s.config.Load()
	d := &s.desk
	d.auth = newAuthenticator(c.Domain, c.Users)
	d.old = newOldPhones()
	d.trunks = newTrunks(c.Trunks)
	d.hops = newFailedHops()
	d.health = newHealth(s)
	d.accounts = newAccounts(s)
	d.budget = newBudget()
	d.security = newSecurityLog(s.log)
	d.resolver = newResolver(s.options.Resolve, s.log)
	d.resolver.watch(trunkQuestions(c.Trunks))
	d.packages = map[string]*eventPackage{messageSummary: s.lampPackage()}
	d.subscriptions = newSubscriptions()
	d.pace = newPace(s.guard)
	d.reg = newRegistrar(s.config.Load, s.log)
	d.reg.came = s.registered
	d.reg.probe = s.ping
	d.reg.keep = s.keeper.devices
	d.reg.changed = func(string) {}
	d.reg.reachable = s.reportReachable
	if r == nil {
		return nil
	}
	list, err := r.LoadRegistrations()
	if err != nil {
		d.resolver.close()
		return fmt.Errorf("read registrations back: %w", err)
	}
	d.scribe = newScribe(r, d.reg.copies, s.log)
	d.reg.changed = d.scribe.note
	d.reg.restore(list, s.knows)
	return nil
}

// startDesk begins what needs a socket to send from.
func (s *Server) startDesk() {
	s.desk.pace.start()
	s.desk.health.start()
	s.desk.accounts.start()
}

// reportReachable calls the handler. It runs on timers, too: a panic there must not end the process.
func (s *Server) reportReachable(user string, n int, lost bool) {
	if s.handler.Reachable != nil {
		s.guard(func() { s.handler.Reachable(user, n, lost) })
	}
}

// guard runs what no reader of a socket runs: a panic in it costs no more than that.
func (s *Server) guard(f func()) {
	defer func() {
		if p := recover(); p != nil {
			s.panics.Add(1)
			s.log.Error("work of the desk panicked", "panic", p, "stack", string(debug.Stack()))
		}
	}()
	f()
}

// reloadDesk takes over users and trunks.
func (s *Server) reloadDesk(old, now *Config) {
	s.desk.auth.setUsers(now.Users)
	s.desk.trunks.set(now.Trunks)
	s.desk.resolver.watch(trunkQuestions(now.Trunks))
	s.desk.accounts.set(now.Trunks)
	s.desk.reg.keepOnly(s.knows)
	s.desk.subscriptions.keepOnly(s.knows)
	if old.Voicemail != now.Voicemail {
		for _, u := range now.Users {
			s.MessagesChanged(u.Extension)
		}
	}
	if old.Qualify != now.Qualify {
		s.desk.reg.testAll()
		s.desk.health.testAll()
	}
}

// closeDesk takes our registrations at trunks back, stops all timers and writes what the store does not have yet.
func (s *Server) closeDesk() {
	s.desk.accounts.close()
	s.desk.health.close()
	s.desk.pace.close()
	s.desk.subscriptions.close()
	s.desk.reg.close()
	s.desk.resolver.close()
	if s.desk.scribe != nil {
		s.desk.scribe.close()
	}
}

func (s *Server) deskStats(st *Stats) {
	st.Registrations, st.Reachable = s.desk.reg.counts()
	st.Subscriptions = s.desk.subscriptions.count()
	st.Refused = s.desk.refused.Load()
}

// flowClosed hears of TCP connections that ended.
func (s *Server) flowClosed(f wire.Flow) {
	s.desk.reg.flowClosed(f)
	s.desk.accounts.flowClosed(f)
}

// knows tells whether an extension is a configured user.
func (s *Server) knows(extension string) bool {
	_, ok := s.desk.auth.user(extension)
	return ok
}

// nameOf is the configured name of a user.
func (s *Server) nameOf(extension string) string {
	u, _ := s.desk.auth.user(extension)
	return cleanName(u.Name)
}
