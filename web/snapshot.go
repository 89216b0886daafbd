package web

import (
	"github.com/prometheus/client_golang/prometheus"

	"ringtide/queue"
)

// phases and states always have a value, also 0, so that graphs have no holes.
var (
	phases = []queue.Phase{queue.InGroup, queue.Direct, queue.Talking, queue.Message, queue.Spoken, queue.Ending}
	states = []queue.State{queue.Offline, queue.Lost, queue.LoggedOff, queue.OnPause, queue.Idle, queue.Rung, queue.Busied, queue.WrappedUp}
)

// collectSnapshot turns the engine's picture into gauges.
func collectSnapshot(s queue.Snapshot, gauge func(*prometheus.Desc, float64, ...string)) {
	calls := map[queue.Phase]int{}
	for _, p := range phases {
		calls[p] = 0
	}
	for _, c := range s.Calls {
		calls[c.Phase]++
	}
	for phase, n := range calls {
		gauge(callsDesc, float64(n), string(phase))
	}
	agents := map[queue.State]int{}
	for _, st := range states {
		agents[st] = 0
	}
	for _, a := range s.Agents {
		agents[a.State]++
	}
	for state, n := range agents {
		gauge(agentsDesc, float64(n), string(state))
	}
	for _, g := range s.Groups {
		gauge(waitingDesc, float64(g.Waiting), string(g.Name))
		gauge(longestDesc, g.Longest.Seconds(), string(g.Name))
	}
}
