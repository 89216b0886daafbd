package web

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"ringtide/queue"
)

// Readings are numbers of the edges, read anew for each scrape.
type Readings struct {
	Devices      int // registered
	Trunks       []Trunk
	InboxHigh    int // most facts that ever waited for the engine
	Dialogs      int
	Transactions int
	Sessions     int // media sessions open
	PortsUsed    int // of media.ports
	Ports        int
	PacketsIn    uint64
	PacketsOut   uint64
	PacketsLost  uint64
	Foreign      uint64 // RTP packets from strangers, dropped
	Malformed    uint64 // SIP messages the gate dropped or answered 400
	Strangers    uint64 // requests refused for want of a proven identity
	SIPFaults    uint64 // caught: each cost one message or one dialog
	MediaFaults  uint64 // caught: each cost one media session
	LateTicks    uint64 // steps of 5 ms that the clock of the sound left out
	Waiting      int    // events that wait to be written
	Lost         uint64 // events that never will
	LogDropped   uint64 // log lines left out because nobody read them
}

// Trunk tells whether calls can go out over a trunk.
type Trunk struct {
	Name string
	Up   bool
}

// Metrics are the program's Prometheus metrics.
type Metrics struct {
	registry *prometheus.Registry
	steps    prometheus.Histogram
	attempts *prometheus.CounterVec
	ended    *prometheus.CounterVec
	refused  *prometheus.CounterVec
	panics   prometheus.Counter
}

// NewMetrics registers everything. snapshot and read are called for each scrape.
func NewMetrics(snapshot func(context.Context) (queue.Snapshot, error), read func() Readings) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		steps: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "ringtide_engine_step_seconds",
			Help:    "Time one engine step took.",
			Buckets: prometheus.ExponentialBuckets(1e-6, 2, 16), // 1 us to 32 ms
		}),
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ringtide_attempts_total", Help: "Attempts to ring an agent or number, by outcome.",
		}, []string{"outcome"}),
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ringtide_calls_ended_total", Help: "Calls that ended, by cause.",
		}, []string{"cause"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ringtide_calls_refused_total", Help: "Calls turned away at the door, by the check that refused.",
		}, []string{"check"}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "ringtide_call_faults_total", Help: "Calls that a fault in the program ended.",
		}),
	}
	m.registry.MustRegister(m.steps, m.attempts, m.ended, m.refused, m.panics,
		&live{snapshot: snapshot, read: read}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Handler serves them in the text format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
}

// Step counts a step of the engine and how long it took. It and those below are safe from any goroutine.
func (m *Metrics) Step(d time.Duration) { m.steps.Observe(d.Seconds()) }

// Attempt counts an attempt that has ended, by its outcome.
func (m *Metrics) Attempt(outcome string) { m.attempts.WithLabelValues(outcome).Inc() }

// Ended counts a call that has ended, by its cause.
func (m *Metrics) Ended(cause queue.Cause) { m.ended.WithLabelValues(string(cause)).Inc() }

// Refused counts a call that was not let in, by the check at the door that refused it.
func (m *Metrics) Refused(check string, _ int) { m.refused.WithLabelValues(check).Inc() }

// Panic counts a fault of ours that was survived.
func (m *Metrics) Panic() { m.panics.Inc() }

// live collects what is read at the moment of a scrape.
type live struct {
	snapshot func(context.Context) (queue.Snapshot, error)
	read     func() Readings
	lost     atomic.Uint64 // highest told: late packets lower the figure, and no counter may sink
}

var (
	callsDesc   = prometheus.NewDesc("ringtide_calls", "Calls now, by state.", []string{"state"}, nil)
	waitingDesc = prometheus.NewDesc("ringtide_waiting_calls", "Callers in the group's line without a live attempt.", []string{"group"}, nil)
	longestDesc = prometheus.NewDesc("ringtide_longest_wait_seconds", "Longest wait in the group's line now.", []string{"group"}, nil)
	agentsDesc  = prometheus.NewDesc("ringtide_agents", "Agents now, by state.", []string{"state"}, nil)
	devicesDesc = prometheus.NewDesc("ringtide_registrations", "Registered devices.", nil, nil)
	trunkDesc   = prometheus.NewDesc("ringtide_trunk_up", "1: an address of the trunk answers, and it is registered if it is to be.", []string{"trunk"}, nil)
	inboxDesc   = prometheus.NewDesc("ringtide_inbox_high_water", "Most facts that ever waited for the engine.", nil, nil)
	dialogsDesc = prometheus.NewDesc("ringtide_dialogs", "SIP dialogs now.", nil, nil)
	transDesc   = prometheus.NewDesc("ringtide_transactions", "SIP transactions now, both directions.", nil, nil)
	mediaDesc   = prometheus.NewDesc("ringtide_media_sessions", "Media sessions now.", nil, nil)
	usedDesc    = prometheus.NewDesc("ringtide_rtp_ports_used", "RTP ports in use now.", nil, nil)
	portsDesc   = prometheus.NewDesc("ringtide_rtp_ports", "RTP ports there are.", nil, nil)
	rtpDesc     = prometheus.NewDesc("ringtide_rtp_packets_total", "RTP packets, by what became of them.", []string{"way"}, nil)
	lateDesc    = prometheus.NewDesc("ringtide_media_late_total", "Steps of 5 ms that the clock of the sound left out because the machine stood still.", nil, nil)
	badSIPDesc  = prometheus.NewDesc("ringtide_sip_malformed_total", "Malformed SIP messages.", nil, nil)
	foreignDesc = prometheus.NewDesc("ringtide_sip_strangers_total", "Requests refused for want of a proven identity.", nil, nil)
	faultsDesc  = prometheus.NewDesc("ringtide_edge_faults_total", "Faults of the program that cost one message, dialog or media session.", []string{"edge"}, nil)
	waitDesc    = prometheus.NewDesc("ringtide_records_waiting", "Events that wait to be written to disk.", nil, nil)
	lostDesc    = prometheus.NewDesc("ringtide_records_lost_total", "Events that no disk would take.", nil, nil)
	logDesc     = prometheus.NewDesc("ringtide_log_dropped_total", "Log lines left out because standard error was not read in time.", nil, nil)
)

// Describe names nothing: what there is to read is known only when everything runs.
func (l *live) Describe(chan<- *prometheus.Desc) {}

func (l *live) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counter := func(d *prometheus.Desc, v uint64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	r := l.read()
	gauge(devicesDesc, float64(r.Devices))
	for _, t := range r.Trunks {
		gauge(trunkDesc, oneIf(t.Up), t.Name)
	}
	gauge(inboxDesc, float64(r.InboxHigh))
	gauge(dialogsDesc, float64(r.Dialogs))
	gauge(transDesc, float64(r.Transactions))
	gauge(mediaDesc, float64(r.Sessions))
	gauge(usedDesc, float64(r.PortsUsed))
	gauge(portsDesc, float64(r.Ports))
	counter(rtpDesc, r.PacketsIn, "in")
	counter(rtpDesc, r.PacketsOut, "out")
	for was := l.lost.Load(); r.PacketsLost > was && !l.lost.CompareAndSwap(was, r.PacketsLost); was = l.lost.Load() {
	}
	counter(rtpDesc, l.lost.Load(), "lost")
	counter(rtpDesc, r.Foreign, "foreign")
	counter(lateDesc, r.LateTicks)
	counter(badSIPDesc, r.Malformed)
	counter(foreignDesc, r.Strangers)
	counter(faultsDesc, r.SIPFaults, "sip")
	counter(faultsDesc, r.MediaFaults, "media")
	gauge(waitDesc, float64(r.Waiting))
	counter(lostDesc, r.Lost)
	counter(logDesc, r.LogDropped)

	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	s, err := l.snapshot(ctx)
	if err != nil { // stopping: the edges' numbers are all there is
		return
	}
	collectSnapshot(s, gauge)
}

func oneIf(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
