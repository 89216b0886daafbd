package config

import (
	"net/netip"
	"reflect"
	"testing"
	"time"

	"ringtide/call"
	"ringtide/media"
	"ringtide/queue"
	"ringtide/sip"
	"ringtide/store"
	"ringtide/web"
)

// sparse names one of everything and leaves all else to the defaults.
const sparse = `
users: [{extension: "101", password: secret}]
trunks: [{name: carrier, peers: ["192.0.2.1"]}]
numbers: [{number: "+1555", to: "group:sales"}]
groups: [{name: sales}, {name: support, if_missed: hold}]
menus: [{name: main}]
hours: [{name: office, open: {mon: ["09:00-17:00"]}}]
`

func TestDefaults(t *testing.T) {
	cfg := mustParse(t, sparse)
	md5, sha256 := sip.HA1("101", "ringtide.local", "secret")
	same(t, "sip", cfg.SIP, sip.Config{
		Listen: []sip.Listen{
			{Transport: "udp", Addr: netip.MustParseAddrPort("127.0.0.1:5060")},
			{Transport: "tcp", Addr: netip.MustParseAddrPort("127.0.0.1:5060")},
		},
		Domain:         "ringtide.local",
		SessionExpires: 30 * time.Minute,
		Qualify:        30 * time.Second,
		MinExpires:     time.Minute,
		MaxExpires:     time.Hour,
		MaxContacts:    10,
		Users:          []sip.User{{Extension: "101", MD5: md5, SHA256: sha256}},
		Trunks: []sip.Trunk{{Name: "carrier",
			Peers: []sip.Peer{{Net: netip.MustParsePrefix("192.0.2.1/32")}}}},
		Voicemail:       "*97",
		SourcePerSecond: 20,
	})
	same(t, "media", cfg.Media, media.Config{
		MinPort: 20000, MaxPort: 29999,
		Codecs:     []string{"pcmu", "pcma", "g722", "opus"},
		RTPTimeout: time.Minute,
		Music:      map[string]string{"default": "builtin"},
	})
	same(t, "call", cfg.Call, call.Config{MaxCalls: 2000, CallsPerSecond: 100, Drain: time.Minute})
	same(t, "store", cfg.Store, store.Config{Path: "data"})
	same(t, "web", cfg.Web, web.Config{Listen: "127.0.0.1:8080"})
	same(t, "users", cfg.Users, []User{{Extension: "101"}})
}

func TestDefaultRules(t *testing.T) {
	rules := mustParse(t, sparse).Queue
	voicemail := func(of string) queue.Destination { return queue.Destination{Kind: queue.ToVoicemail, Name: of} }
	same(t, "users", rules.Users, []queue.User{{Extension: "101"}})
	same(t, "trunks", rules.Trunks, []queue.Trunk{{Name: "carrier", Country: "1"}})
	same(t, "numbers", rules.Numbers, []queue.Number{{
		Pattern: "+1555", To: queue.Destination{Kind: queue.ToGroup, Name: "sales"}, AtOnce: true, Music: "default",
	}})
	same(t, "groups", rules.Groups, []queue.Group{
		{
			Name: "sales", Title: "sales", Agents: []queue.AgentID{}, Distribution: queue.Evenly, Ring: 20 * time.Second,
			IfMissed: voicemail("sales"), IfNobody: voicemail("sales"), BusyWait: 20 * time.Second,
			NobodyAfter: time.Minute, Then: voicemail("sales"),
		}, {
			Name: "support", Title: "support", Agents: []queue.AgentID{}, Distribution: queue.Evenly, Ring: 20 * time.Second,
			IfMissed: queue.Destination{Kind: queue.ToHold}, IfNobody: voicemail("support"),
			NobodyAfter: time.Minute, Then: voicemail("support"),
		},
	})
	same(t, "codes", rules.Codes, queue.Codes{LogIn: "*11", LogOut: "*12", Pause: "*13", Resume: "*14", WrapUp: "*15",
		Intercept: "*8", Voicemail: "*97"})
	same(t, "outbound", rules.Outbound, queue.Outbound{Emergency: []string{"112", "911"}})
	same(t, "blocked", rules.Blocked, nil)
}

// What no package takes yet has defaults too.
func TestDefaultsOfFeaturesToCome(t *testing.T) {
	f := mustParse(t, sparse).file
	same(t, "greeting, hours, closed", []string{f.Numbers[0].Greeting, f.Numbers[0].Hours, f.Numbers[0].Closed}, []string{"", "", "hang_up"})
	same(t, "menu", f.Menus[0], menuEntry{
		Name: "main", Extensions: true, NoInput: noInputSection{After: 8 * second, Repeat: 2, Then: "hang_up"},
	})
	same(t, "zone", f.Hours[0].Zone, "Europe/Berlin")
	same(t, "hold", f.Groups[0].Hold, holdSection{Then: "voicemail", SayEvery: 30 * second})
	same(t, "intercept, voicemail", []string{f.Codes.Intercept, f.Codes.Voicemail}, []string{"*8", "*97"})
}

func same[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}
