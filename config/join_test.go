package config

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ringtide/queue"
	"ringtide/sip"
)

func TestPeers(t *testing.T) {
	trunk := mustParse(t, `
trunks:
  - name: carrier
    peers: ["192.0.2.1", "192.0.2.0/24", "192.0.2.1:5060", "[2001:db8::1]:5070", "::ffff:192.0.2.7"]
    uri: ["sip:192.0.2.1", "sip:user@example.net:5070;transport=tcp", "sip:[2001:db8::1]"]
`).SIP.Trunks[0]
	same(t, "peers", trunk.Peers, []sip.Peer{
		{Net: netip.MustParsePrefix("192.0.2.1/32")},
		{Net: netip.MustParsePrefix("192.0.2.0/24")},
		{Net: netip.MustParsePrefix("192.0.2.1/32"), Port: 5060},
		{Net: netip.MustParsePrefix("2001:db8::1/128"), Port: 5070},
		{Net: netip.MustParsePrefix("192.0.2.7/32")},
	})
	same(t, "uris", trunk.URIs, []string{"sip:192.0.2.1", "sip:user@example.net:5070;transport=tcp", "sip:[2001:db8::1]"})
}

func TestGroupRules(t *testing.T) {
	groups := mustParse(t, `
users: [{extension: "101", password: secret}]
outbound: {trunk: carrier, per_user: 2}
trunks: [{name: carrier, uri: "sip:192.0.2.1"}]
groups:
  - {name: moved, if_missed: "group:held", if_nobody: hold, busy_wait: 0s, hold: {max_wait: 5m, max_callers: 3, then: "user:101", music: ringback}}
  - {name: held, if_missed: hold}
  - {name: asked, if_missed: "number:+15551234567", busy_wait: 90s, rings: 2}
`).Queue.Groups
	to := func(kind queue.DestinationKind, name string) queue.Destination {
		return queue.Destination{Kind: kind, Name: name}
	}
	moved, held, asked := groups[0], groups[1], groups[2]
	same(t, "moved.if_missed", moved.IfMissed, to(queue.ToGroup, "held"))
	same(t, "moved.if_nobody", moved.IfNobody, to(queue.ToHold, ""))
	same(t, "moved.then", moved.Then, to(queue.ToUser, "101"))
	same(t, "moved: busy_wait, max_wait", []time.Duration{moved.BusyWait, moved.MaxWait}, []time.Duration{0, 5 * time.Minute})
	same(t, "moved.max_callers", moved.MaxCallers, 3)
	same(t, "moved.music", moved.Music, "ringback")
	same(t, "held.if_nobody", held.IfNobody, to(queue.ToVoicemail, "held"))
	same(t, "held.busy_wait", held.BusyWait, 0)
	same(t, "asked.if_nobody", asked.IfNobody, to(queue.ToNumber, "+15551234567"))
	same(t, "asked: ring, busy_wait", []time.Duration{asked.Ring, asked.BusyWait}, []time.Duration{10 * time.Second, 90 * time.Second})
}

func TestPathsAreRelativeToTheFile(t *testing.T) {
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "jazz"), 0o700); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(folder, "rock.wav"), "RIFF", 0o600)
	cfg, err := Load(writeFile(t, filepath.Join(folder, "config.yaml"), `
media: {music: {jazz: jazz, rock: rock.wav, plain: builtin}}
store: {path: records}
`, 0o600))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "music", cfg.Media.Music, map[string]string{
		"default": "builtin", "plain": "builtin",
		"jazz": filepath.Join(folder, "jazz"), "rock": filepath.Join(folder, "rock.wav"),
	})
	same(t, "store", cfg.Store.Path, filepath.Join(folder, "records"))
}

func TestSummary(t *testing.T) {
	same(t, "summary", mustParse(t, sparse+`codes: {pause: "", wrap_up: ""}`).Summary, Summary{
		Users:   []string{"101"},
		Groups:  []string{"sales: nobody (evenly)", "support: nobody (evenly)"},
		Numbers: []string{"+1555 → group:sales"},
		Codes:   []string{"*11 log in", "*12 log out", "*14 resume", "*8 pick up a ringing call", "*97 listen to messages"},
	})
}

func TestMP3IsInactive(t *testing.T) {
	folder := t.TempDir()
	writeFile(t, filepath.Join(folder, "pop.MP3"), "ID3", 0o600)
	cfg, err := Load(writeFile(t, filepath.Join(folder, "config.yaml"), `
media: {music: {pop: pop.MP3}}
codes: {intercept: "", voicemail: ""}
`, 0o600))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "inactive", cfg.Inactive, []string{"media.music.pop in line 2: MP3 files are not played yet: use WAV"})
}
