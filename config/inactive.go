package config

import (
	"fmt"
	"slices"
	"strings"

	"ringtide/media"
)

// feature is something the file may ask for which this version does not do yet.
type feature struct {
	used bool
	path string // where the file asks for it
	text string
}

// inactive names them, so that nobody waits for a menu that never speaks.
func (c *checker) inactive() []string {
	f := &c.file
	features := []feature{
		c.listener("wss"),
		{c.codecsBeyondG711(), "media.codecs", "calls use G.711 (pcmu, pcma) only; other codecs are left out"},
		c.mp3(),
		{c.unusedOfUsers(), "users", "mobile and email are checked but not used"},
		{len(f.Menus) > 0, "menus", "checked but not served"},
		{len(f.Hours) > 0, "hours", "checked but not kept: it is always open"},
	}
	for i, n := range f.Numbers {
		path := fmt.Sprintf("numbers[%d]", i)
		features = append(features,
			feature{n.Greeting != "", path + ".greeting", "greetings are not played"},
			feature{n.Hours != "", path + ".hours", "number " + n.Number + " is always open"},
		)
	}
	for i, g := range f.Groups {
		path := fmt.Sprintf("groups[%d].hold", i)
		features = append(features,
			feature{g.Hold.SayPosition, path + ".say_position", "callers of group " + g.Name + " are not told their position"})
		for key, to := range sorted(g.Hold.Keys) {
			features = append(features, feature{strings.HasPrefix(to, "menu:"), path + ".keys",
				"key " + key + " in the line of group " + g.Name + " does nothing, because menus are not served"})
		}
	}
	var lines []string
	for _, feature := range features {
		if feature.used {
			lines = append(lines, fmt.Sprintf("%s%s: %s", feature.path, c.lineOf(feature.path), feature.text))
		}
	}
	return lines
}

func (c *checker) listener(transport string) feature {
	i := slices.IndexFunc(c.file.SIP.Listen, func(l string) bool { return strings.HasPrefix(l, transport+"://") })
	return feature{i >= 0, fmt.Sprintf("sip.listen[%d]", i), transport + " is not listened on"}
}

func (c *checker) unusedOfUsers() bool {
	for i := range c.file.Users {
		for _, key := range []string{"mobile", "email"} {
			if c.written(fmt.Sprintf("users[%d].%s", i, key)) {
				return true
			}
		}
	}
	return false
}

func (c *checker) codecsBeyondG711() bool {
	return c.written("media.codecs") && len(media.Unsupported(c.file.Media.Codecs)) > 0
}

func (c *checker) mp3() feature {
	for name, source := range sorted(c.file.Media.Music) {
		if isAudio(source, ".mp3") {
			return feature{true, join("media.music", name), "MP3 files are not played yet: use WAV"}
		}
	}
	return feature{}
}
