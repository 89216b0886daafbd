package e2e

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// soft is a softphone that people use, baresip, without window and sound card. It is told what to do over its control
// socket, speaks a tone, and keeps what it hears in a WAV file for each call.
type soft struct {
	t       *testing.T
	user    string
	folder  string
	cmd     *exec.Cmd
	control net.Conn

	mu   sync.Mutex
	told []softEvent
}

// softEvent is what baresip tells of itself.
type softEvent struct {
	Type  string // CALL_INCOMING, CALL_ESTABLISHED, …
	Param string
	Peer  string `json:"peeruri"`
	Data  string // of the response to a command
}

// softConfig is made of an address, a folder, and the folder of the modules. Its audio leaves from 127.0.0.1 whatever
// address it is told, so that is what it says. It has no lamp: mwi.so of version 1.0 subscribes for ever, as fast as it
// can, if the registrar answers within a millisecond. Its audio ports are taken on all addresses: nobody else here uses them.
const softConfig = `
sip_listen %[1]s:5060
net_interface 127.0.0.1
ctrl_tcp_listen %[1]s:4444
rtp_ports 28000-28999
audio_source aufile,%[2]s/says.wav
audio_player alsa,null
audio_alert alsa,null
statmode_default off
ausrc_srate 8000
ausrc_channels 1
auplay_srate 8000
auplay_channels 1
snd_path %[2]s
module_path %[3]s
module g711.so
module alsa.so
module aufile.so
module sndfile.so
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
`

// softphone starts baresip for a user and returns when it is registered. In calls it speaks a tone of that frequency.
func (x *exchange) softphone(t *testing.T, user string, hertz float64) *soft {
	t.Helper()
	path, err := exec.LookPath("baresip")
	if err != nil {
		t.Skip("baresip is not installed, and could not be: run `make deps` (Debian package baresip-core)")
	}
	modules, _ := filepath.Glob("/usr/lib*/baresip/modules")
	if more, _ := filepath.Glob("/usr/lib/*/baresip/modules"); len(modules) == 0 {
		modules = more
	}
	if len(modules) == 0 {
		t.Skip("baresip is installed without its modules: run `make deps` (Debian package baresip-core)")
	}
	s := &soft{t: t, user: user, folder: t.TempDir()}
	ip := x.address(user)
	server := "sip:" + x.sip
	if x.plan.secure {
		server = fmt.Sprintf("sip:%s:5061;transport=tls", x.ip)
	}
	for name, content := range map[string]string{
		"config":   fmt.Sprintf(softConfig, ip, s.folder, modules[0]),
		"accounts": fmt.Sprintf("<sip:%s@ringtide.local>;auth_pass=%s;outbound=\"%s\";regint=600\n", user, password(user), server),
		"contacts": "",
		"says.wav": string(spoken(hertz, time.Minute)),
	} {
		if err := os.WriteFile(filepath.Join(s.folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	log, err := os.Create(filepath.Join(s.folder, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	s.cmd = exec.Command(path, "-s", "-f", s.folder)
	s.cmd.Stdout, s.cmd.Stderr = log, log
	dieWithUs(s.cmd)
	if err := s.cmd.Start(); err != nil {
		t.Fatalf("start baresip: %v", err)
	}
	x.softs = append(x.softs, s)
	await(t, "baresip to listen", patience, func() bool {
		s.control, err = net.Dial("tcp", ip+":4444")
		return err == nil
	})
	go s.listen()
	await(t, "baresip of "+user+" to be registered", patience, func() bool { return strings.Contains(s.log(), "[1 binding]") })
	return s
}

// story is what it told and printed, for people.
func (s *soft) story() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for _, e := range s.told {
		fmt.Fprintln(&b, e.Type, e.Peer, e.Param, e.Data)
	}
	return b.String() + tail(s.log(), 6000)
}

// kill ends the process.
func (s *soft) kill() {
	if s.control != nil {
		s.control.Close()
	}
	s.cmd.Process.Kill()
	s.cmd.Wait()
}

// log is all that it printed, with its SIP messages.
func (s *soft) log() string {
	raw, _ := os.ReadFile(filepath.Join(s.folder, "log"))
	return string(raw)
}

var softTrace = regexp.MustCompile(`(?s)UDP \S+ -> \S+\r?\n(.*?)\x1b\[;m`)

// messages is every SIP message that it has sent or got.
func (s *soft) messages() (list []message) {
	for _, found := range softTrace.FindAllStringSubmatch(s.log(), -1) {
		list = append(list, read(strings.ReplaceAll(found[1], "\r\n", "\n")))
	}
	return list
}

// listen keeps what it tells: netstrings of JSON.
func (s *soft) listen() {
	var rest []byte
	b := make([]byte, 65536)
	for {
		n, err := s.control.Read(b)
		if err != nil {
			return
		}
		rest = append(rest, b[:n]...)
		for {
			size, after, ok := strings.Cut(string(rest), ":")
			length, err := strconv.Atoi(size)
			if !ok || err != nil || len(after) < length+1 {
				break
			}
			var e softEvent
			if json.Unmarshal([]byte(after[:length]), &e) == nil {
				s.mu.Lock()
				s.told = append(s.told, e)
				s.mu.Unlock()
			}
			rest = []byte(after[length+1:])
		}
	}
}

// does has it carry out a command: dial, accept, hangup, hold, resume, transfer, sndcode.
func (s *soft) does(command, parameter string) {
	s.t.Helper()
	text, err := json.Marshal(map[string]string{"command": command, "params": parameter})
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := fmt.Fprintf(s.control, "%d:%s,", len(text), text); err != nil {
		s.t.Fatalf("baresip of %s: %s: %v", s.user, command, err)
	}
}

// count is how often it has told of something.
func (s *soft) count(event string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.told {
		if e.Type == event {
			n++
		}
	}
	return n
}

// tells waits until it has told of something n times.
func (s *soft) tells(event string, n int) {
	s.t.Helper()
	await(s.t, fmt.Sprintf("baresip of %s to tell %s, the %d. time", s.user, event, n), patience, func() bool { return s.count(event) >= n })
}

// heard is what it has heard since its audio was started or resumed last.
func (s *soft) heard() []float64 {
	files, _ := filepath.Glob(filepath.Join(s.folder, "dump-*-dec.wav")) // named after the time
	if len(files) == 0 {
		return nil
	}
	raw, _ := os.ReadFile(slices.Max(files))
	const head = 44 // libsndfile writes the sizes in it at the end of the call
	samples := make([]float64, 0, len(raw)/2)
	for i := head; i+1 < len(raw); i += 2 {
		samples = append(samples, float64(int16(binary.LittleEndian.Uint16(raw[i:]))))
	}
	return samples
}

// newest waits for half a second that fits, and returns it.
func (s *soft) newest(what string, fits func([]float64) bool) (last []float64) {
	s.t.Helper()
	const half = 4000
	await(s.t, fmt.Sprintf("%s in the ear of %s", what, s.user), patience, func() bool {
		all := s.heard()
		if len(all) < half {
			return false
		}
		last = all[len(all)-half:]
		return fits(last)
	})
	return last
}

// hearsTone waits for a pure tone, and checks its level.
func (s *soft) hearsTone(hertz float64) {
	s.t.Helper()
	asSpoken(s.t, s.user, s.newest(fmt.Sprintf("a pure tone of %.0f Hz", hertz), func(h []float64) bool { return share(h, hertz) > pure }), hertz)
}

// hearsMusic waits for something that is neither silence nor one of the tones.
func (s *soft) hearsMusic(tones ...float64) {
	s.t.Helper()
	s.newest("music", func(h []float64) bool { return music(h, tones...) })
}

// music tells sound that is neither silence nor one of these tones.
func music(samples []float64, tones ...float64) bool {
	return rms(samples) > 200 && !slices.ContainsFunc(tones, func(hertz float64) bool { return share(samples, hertz) > 0.3 })
}

// pure is the share of a tone that is 25 dB above all else; G.711 alone leaves 37.
const pure = 0.99685

// asSpoken checks that a pure tone is as loud as it was spoken, within 1 dB.
func asSpoken(t testing.TB, who string, samples []float64, hertz float64) {
	t.Helper()
	level, part := 20*math.Log10(rms(samples)/(loudness/math.Sqrt2)), share(samples, hertz)
	t.Logf("%s hears %.0f Hz: level %+.2f dB, %.1f dB above all else", who, hertz, level, 10*math.Log10(part/max(1e-9, 1-part)))
	if math.Abs(level) > 1 {
		t.Errorf("%s hears %.0f Hz at %+.1f dB, want within 1 dB", who, hertz, level)
	}
}

// spoken is a WAV file with a tone: 16 bit, mono, 8 kHz.
func spoken(hertz float64, long time.Duration) []byte {
	n := int(long.Seconds() * 8000)
	b := make([]byte, 44, 44+2*n)
	copy(b, "RIFF")
	binary.LittleEndian.PutUint32(b[4:], uint32(36+2*n))
	copy(b[8:], "WAVEfmt ")
	for at, v := range map[int]uint32{16: 16, 24: 8000, 28: 16000, 40: uint32(2 * n)} {
		binary.LittleEndian.PutUint32(b[at:], v)
	}
	for at, v := range map[int]uint16{20: 1, 22: 1, 32: 2, 34: 16} {
		binary.LittleEndian.PutUint16(b[at:], v)
	}
	copy(b[36:], "data")
	for i := range n {
		b = binary.LittleEndian.AppendUint16(b, uint16(int16(loudness*math.Sin(2*math.Pi*hertz*float64(i)/8000))))
	}
	return b
}
