package app

import "fmt"

// spare files are what the program opens besides the sockets of calls: listeners, connections, records.
const spare = 100

// shortOf tells what is too small for so many calls at once, each with two legs, each with a port and a file; "": nothing.
// calls 0: no limit was asked for, so none is missed. files 0: not known.
func shortOf(calls, ports int, files uint64) []string {
	var short []string
	if legs := 2 * calls; legs > ports {
		short = append(short, fmt.Sprintf("media.ports has room for %d calls, limits.calls allows %d: widen the range by twice as many ports as are missing", ports/2, calls))
	}
	if need := uint64(2*calls + spare); files > 0 && need > files {
		short = append(short, fmt.Sprintf("limits.calls allows %d calls, which need %d open files, and this process may have %d: raise its limit (ulimit -n, LimitNOFILE)", calls, need, files))
	}
	return short
}

// warnIfShort says at the start what would otherwise show at the busiest hour.
func (a *App) warnIfShort() {
	for _, what := range shortOf(a.config().Call.MaxCalls, a.media.Stats().Ports, openFiles()) {
		a.log.Warn("too small", "what", what)
	}
}
