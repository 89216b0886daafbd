package e2e

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The benchmarks of this file measure the real program with callers and phones of their own on loopback:
//
//	go test ./e2e -run '^$' -bench QueuedCall -benchtime 3000x
//
// CPU is the program's own, as the kernel counts it, all of it in the span.

var loadRate = flag.Int("rate", 100, "calls a second of BenchmarkQueuedCall")

// loadServer is the program under load.
type loadServer struct {
	cmd  *exec.Cmd
	web  string
	addr string
}

func startLoadServer(b *testing.B, ip, config string) *loadServer {
	b.Helper()
	dir := b.TempDir()
	conf := filepath.Join(dir, "config.yaml")
	s := &loadServer{web: ip + ":8080", addr: ip + ":5060"}
	config = strings.NewReplacer("IP", ip, "DATA", filepath.Join(dir, "data")).Replace(config)
	if err := os.WriteFile(conf, []byte(config), 0o600); err != nil {
		b.Fatal(err)
	}
	s.cmd = exec.Command(ringtide, "serve", "--config", conf)
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		b.Fatal(err)
	}
	s.cmd.Stderr = log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		s.cmd.Process.Kill()
		s.cmd.Wait()
		if b.Failed() {
			text, _ := os.ReadFile(log.Name())
			b.Logf("%s", text[max(0, len(text)-4000):])
		}
	})
	var said strings.Builder
	for buf := make([]byte, 4096); !strings.Contains(said.String(), "ready\n"); {
		n, err := out.Read(buf)
		said.Write(buf[:n])
		if err != nil {
			b.Fatalf("not ready: %s", said.String())
		}
	}
	go io.Copy(io.Discard, out)
	return s
}

// cpu is the time the program has used.
func (s *loadServer) cpu(b *testing.B) time.Duration {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	f := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * 10 * time.Millisecond // USER_HZ is 100 on Linux
}

// metric reads one value of /metrics.
func (s *loadServer) metric(b *testing.B, name string) float64 {
	b.Helper()
	res, err := http.Get("http://" + s.web + "/metrics")
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	for line := range strings.Lines(string(text)) {
		if v, ok := strings.CutPrefix(line, name+" "); ok {
			f, _ := strconv.ParseFloat(strings.TrimSpace(v), 64)
			return f
		}
	}
	b.Fatalf("no metric %s", name)
	return 0
}

const loadConfig = `
sip: {listen: ["udp://IP:5060"], domain: load.test, qualify: 0s}
media: {ports: 20000-59999, codecs: [pcmu]}
store: {path: DATA}
web: {listen: "IP:8080"}
limits: {calls: 0, calls_per_second: 0, source_per_second: 0}
trunks: [{name: load, peers: ["127.0.0.0/8"], uri: "sip:IP:5099"}]
numbers: [{number: "*", to: group:load}]
users:
USERS
groups:
  - {name: load, agents: [AGENTS], distribution: evenly, rings: 12, if_missed: hold}
`

func agentsConfig(n int) (config string, users []string) {
	var list strings.Builder
	for i := range n {
		users = append(users, fmt.Sprintf("a%04d", i+1))
		fmt.Fprintf(&list, "  - {extension: %q, password: load-test-password}\n", users[i])
	}
	return strings.NewReplacer("USERS", list.String(), "AGENTS", strings.Join(users, ", ")).Replace(loadConfig), users
}

// loadPhones answers every INVITE at once, and hangs up after talk when talk is set.
type loadPhones struct {
	*loadPeer
	talk  func() time.Duration // nil: the caller hangs up
	rings func(agent string)   // an INVITE came
	byed  func(agent string)   // a BYE of ours goes out
}

func (p *loadPhones) take(m sipText) {
	switch m.method {
	case "INVITE":
		agent, _, _ := strings.Cut(strings.TrimPrefix(m.uri, "sip:"), "@")
		if p.rings != nil {
			p.rings(agent)
		}
		p.send(m.respond("180 Ringing", "t", "", ""))
		contact := fmt.Sprintf("Contact: <sip:%s@%s>\r\n", agent, p.LocalAddr())
		p.send(m.respond("200 OK", "t", contact+withSDP, p.sdp()))
		p.speak(m.audioPort())
		if p.talk != nil {
			bye := p.request(m.contact(), m.get("To")+";tag=t", m.get("From"), m.get("Call-ID"), "100 BYE", "", "")
			time.AfterFunc(p.talk(), func() {
				p.byed(agent)
				p.send(bye)
			})
		}
	case "BYE", "CANCEL", "OPTIONS":
		p.send(m.respond("200 OK", "", "", ""))
	}
}

// loadCallers answers what the server asks of callers; begin starts a call.
type loadCallers struct {
	*loadPeer
	mu     sync.Mutex
	begun  map[string]bool
	hangUp time.Duration // after the answer; 0: the agent hangs up
	over   chan string
	failed atomic.Int64
	total  int
}

func (p *loadCallers) begin() {
	p.mu.Lock()
	p.total++
	id := fmt.Sprintf("c%d.%d", p.total, rand.Uint32())
	p.begun[id] = true
	p.mu.Unlock()
	uri := "sip:+15550000@" + p.server.String()
	p.send(p.request(uri, fmt.Sprintf("<sip:+1555%07d@load>;tag=c", p.total), "<"+uri+">", id, "1 INVITE", withSDP, p.sdp()))
}

func (p *loadCallers) take(m sipText) {
	id := m.get("Call-ID")
	switch {
	case m.status == 200 && m.cseq() == "INVITE":
		p.send(p.request(m.contact(), m.get("From"), m.get("To"), id, "1 ACK", "", ""))
		p.mu.Lock()
		first := p.begun[id]
		delete(p.begun, id)
		p.mu.Unlock()
		if !first {
			return
		}
		p.speak(m.audioPort())
		if p.hangUp > 0 {
			bye := p.request(m.contact(), m.get("From"), m.get("To"), id, "2 BYE", "", "")
			time.AfterFunc(p.hangUp, func() { p.send(bye) })
		}
	case m.status == 200 && m.cseq() == "BYE":
		p.over <- id
	case m.status >= 300 && m.cseq() == "INVITE":
		p.failed.Add(1)
		p.over <- id
	case m.method == "BYE":
		p.send(m.respond("200 OK", "", "", ""))
		p.over <- id
	}
}

// BenchmarkQueuedCall is a complete queued call: the caller's INVITE, hold music, one agent rung and answered, audio both
// ways, BYE, records. -rate sets the calls a second. One operation is one call.
func BenchmarkQueuedCall(b *testing.B) {
	config, users := agentsConfig(200)
	s := startLoadServer(b, "127.30.1.1", config)
	phones := &loadPhones{loadPeer: newLoadPeer(b, "127.30.1.3", s.addr)}
	phones.register(b, "load.test", "load-test-password", users)
	go phones.serve(phones.take)
	callers := &loadCallers{loadPeer: newLoadPeer(b, "127.30.1.2", s.addr), begun: map[string]bool{},
		hangUp: time.Second, over: make(chan string, 100_000)}
	go callers.serve(callers.take)
	routines, files := s.metric(b, "go_goroutines"), s.metric(b, "process_open_fds")

	b.ResetTimer()
	cpu := s.cpu(b)
	tick := time.NewTicker(time.Second / time.Duration(*loadRate))
	defer tick.Stop()
	for range b.N {
		<-tick.C
		callers.begin()
	}
	deadline := time.After(30 * time.Second)
	for done := 0; done < b.N; done++ {
		select {
		case <-callers.over:
		case <-deadline:
			b.Fatalf("%d of %d calls did not end", b.N-done, b.N)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64((s.cpu(b)-cpu).Microseconds())/1000/float64(b.N), "cpu-ms/call")
	b.ReportMetric(float64(callers.failed.Load()), "failed")
	b.ReportMetric(s.metric(b, "process_resident_memory_bytes")/1e6, "RSS-MB")
	if b.N < 1000 { // a warm-up
		return
	}
	<-time.After(40 * time.Second) // longer than any SIP timer
	b.ReportMetric(s.metric(b, "ringtide_dialogs"), "dialogs-left")
	b.ReportMetric(s.metric(b, "ringtide_media_sessions"), "ports-left")
	b.ReportMetric(s.metric(b, "go_goroutines")-routines, "goroutines-left")
	b.ReportMetric(s.metric(b, "process_open_fds")-files, "descriptors-left")
}

// BenchmarkFreedAgent measures from an agent's BYE to its next INVITE on the wire, with 200 callers always waiting for
// 10 agents. One operation is one call served.
func BenchmarkFreedAgent(b *testing.B) {
	config, users := agentsConfig(10)
	s := startLoadServer(b, "127.30.2.1", config)
	var mu sync.Mutex
	freed := map[string]time.Time{}
	var gaps []time.Duration
	phones := &loadPhones{loadPeer: newLoadPeer(b, "127.30.2.3", s.addr),
		talk: func() time.Duration { return 500*time.Millisecond + rand.N(time.Second) }}
	phones.byed = func(agent string) {
		mu.Lock()
		defer mu.Unlock()
		freed[agent] = time.Now()
	}
	phones.rings = func(agent string) {
		mu.Lock()
		defer mu.Unlock()
		if at, ok := freed[agent]; ok {
			gaps = append(gaps, time.Since(at))
			delete(freed, agent)
		}
	}
	phones.register(b, "load.test", "load-test-password", users)
	go phones.serve(phones.take)
	callers := &loadCallers{loadPeer: newLoadPeer(b, "127.30.2.2", s.addr), begun: map[string]bool{}, over: make(chan string, 100_000)}
	go callers.serve(callers.take)
	for range 210 {
		callers.begin()
	}
	b.ResetTimer()
	cpu := s.cpu(b)
	for range b.N {
		<-callers.over
		callers.begin()
	}
	b.StopTimer()
	mu.Lock()
	defer mu.Unlock()
	if len(gaps) == 0 {
		return
	}
	slices.Sort(gaps)
	ms := func(q float64) float64 { return float64(gaps[int(q*float64(len(gaps)-1))].Microseconds()) / 1000 }
	b.ReportMetric(ms(0.5), "ms-p50")
	b.ReportMetric(ms(0.99), "ms-p99")
	b.ReportMetric(ms(1), "ms-max")
	b.ReportMetric(float64((s.cpu(b)-cpu).Microseconds())/1000/float64(b.N), "cpu-ms/call")
}
