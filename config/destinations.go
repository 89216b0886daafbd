package config

import (
	"maps"
	"regexp"
	"strings"

	"ringtide/queue"
)

// where a destination stands: some are possible only in some places.
type where struct {
	inGroup bool   // voicemail alone is the mailbox of the group
	group   string // its name
	hold    bool   // the group's line is possible
	menu    bool   // part of a feature that is checked but not served yet, together with menus
}

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{1,14}$`)

var destinationKinds = map[string]int{
	"group": 0, "user": 0, "number": 0, "menu": 0, "voicemail": 0, "hang_up": 0, "hold": 0,
}

// destination reads KIND:NAME. It is the zero Destination after a problem, and for menus.
func (c *checker) destination(path, text string, at where) queue.Destination {
	kind, name, named := strings.Cut(text, ":")
	to := queue.Destination{Kind: queue.DestinationKind(kind), Name: name}
	if _, ok := destinationKinds[kind]; !ok {
		c.noDestination(path, text)
		return queue.Destination{}
	}
	if named && name == "" {
		c.errorf(path, "%q lacks what comes after the colon", text)
		return queue.Destination{}
	}
	switch to.Kind {
	case queue.ToHangUp, queue.ToHold:
		if named {
			c.errorf(path, "%s stands alone, without %q", kind, ":"+name)
		} else if to.Kind == queue.ToHold && !at.hold {
			c.errorf(path, "hold is possible only for if_missed and if_nobody of a group")
		}
	case queue.ToVoicemail:
		return c.voicemail(path, to, at)
	case "menu":
		c.known(path, name, "menu", c.names.menus)
		if !at.menu {
			c.errorf(path, "menus are not available in this version yet: use group:, user:, number:, voicemail: or hang_up")
		}
		return queue.Destination{}
	default:
		c.target(path, to, named)
	}
	return to
}

// target checks a destination that always has a name.
func (c *checker) target(path string, to queue.Destination, named bool) {
	switch {
	case !named:
		c.errorf(path, "%s needs a name after a colon: %s:…", to.Kind, to.Kind)
	case to.Kind == queue.ToGroup:
		c.known(path, to.Name, "group", c.names.groups)
	case to.Kind == queue.ToUser:
		c.known(path, to.Name, "user", c.names.users)
	case !e164.MatchString(to.Name):
		c.errorf(path, "%q is no number in E.164 form: number:+ and country code and number, digits only", to)
	case c.file.Outbound.Trunk == "":
		c.warnf(path, "no call can go to %s: outbound.trunk is empty", to)
	}
}

// voicemail gives the word that stands alone the name of its group.
func (c *checker) voicemail(path string, to queue.Destination, at where) queue.Destination {
	_, group := c.names.groups[to.Name]
	_, user := c.names.users[to.Name]
	switch {
	case to.Name == "" && !at.inGroup:
		c.errorf(path, "voicemail alone is possible only inside a group: write voicemail:GROUP or voicemail:EXTENSION")
	case to.Name == "":
		to.Name = at.group
	case !group && !user:
		c.errorf(path, "there is no group and no user %q whose mailbox it could be", to.Name)
	}
	return to
}

func (c *checker) noDestination(path, text string) {
	hint := suggest(text, maps.Keys(destinationKinds))
	if _, ok := c.names.groups[text]; ok {
		hint = ` (did you mean "group:` + text + `"?)`
	} else if _, ok := c.names.users[text]; ok {
		hint = ` (did you mean "user:` + text + `"?)`
	}
	if text == "" {
		c.errorf(path, "needs a destination: group:NAME, user:EXTENSION, number:+E164, voicemail:NAME or hang_up")
		return
	}
	c.errorf(path, "%q is no destination: group:NAME, user:EXTENSION, number:+E164, voicemail:NAME or hang_up%s", text, hint)
}

// keys checks what the keys of a phone lead to, and returns it, menus left out; nil if there are none.
func (c *checker) keys(path string, keys map[string]string, at where) map[string]queue.Destination {
	if len(keys) == 0 {
		return nil
	}
	built := make(map[string]queue.Destination, len(keys))
	for key, to := range sorted(keys) {
		if len(key) != 1 || strings.IndexByte("0123456789*#ABCD", key[0]) < 0 {
			c.errorf(join(path, key), "%q is no key of a phone: 0 to 9, * or #", key)
		}
		if to := c.destination(join(path, key), to, at); to.Kind != "" {
			built[key] = to
		}
	}
	return built
}
