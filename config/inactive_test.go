package config

import "testing"

func TestInactiveNamesWhatTheFileUses(t *testing.T) {
	same(t, "a file without any of it", mustParse(t, `
users: [{extension: "101", password: alice-pw, pin: "4711"}]
groups: [{name: sales, if_missed: hold, intercept: true, hold: {keys: {"1": voicemail}}}]
`).Inactive, nil)
	same(t, "all of it", mustParse(t, `
media: {codecs: [pcmu, opus]}
trunks: [{name: carrier, uri: "sip:192.0.2.1"}]
numbers: [{number: "*", to: hang_up, hours: office, closed: "menu:main"}]
groups: [{name: sales, if_missed: hold, hold: {say_position: true, keys: {"1": voicemail, "2": "menu:main"}}}]
menus: [{name: main}]
hours: [{name: office, open: {mon: ["09:00-17:00"]}}]
users: [{extension: "101", password: alice-pw, mobile: "+15550101"}]
`).Inactive, []string{
		"media.codecs in line 2: calls use G.711 (pcmu, pcma) only; other codecs are left out",
		"users in line 8: mobile and email are checked but not used",
		"menus in line 6: checked but not served",
		"hours in line 7: checked but not kept: it is always open",
		"numbers[0].hours in line 4: number * is always open",
		"groups[0].hold.say_position in line 5: callers of group sales are not told their position",
		"groups[0].hold.keys in line 5: key 2 in the line of group sales does nothing, because menus are not served",
	})
}
