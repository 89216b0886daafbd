package queue

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// draft is a set of rules written in the little language of the golden conversations, one rule a line:
//
//	user alice bob [outside]
//	group sales evenly alice bob rings=4 if_missed=voicemail wrap_up=10s intercept=yes keys=1>group:support,2>hang_up …
//	number +15551000 group:sales [by_agent] [music=jazz]
//	trunk carrier country=1 caller_id=+15550000
//	outbound carrier prefix=0 per_user=1 per_hour=2 allow=+1
//	blocked +1555666*
//
// A rule of the same name replaces the former one. Defaults are those of the configuration file.
type draft struct{ Rules }

func newDraft() *draft {
	return &draft{Rules{
		Trunks:   []Trunk{{Name: "carrier", Country: "1"}},
		Codes:    Codes{LogIn: "*11", LogOut: "*12", Pause: "*13", Resume: "*14", WrapUp: "*15", Intercept: "*8", Voicemail: "*97"},
		Outbound: Outbound{Emergency: []string{"112", "911"}},
	}}
}

// add takes in one rule; false says that the words are none.
func (d *draft) add(words []string) (rule bool, err error) {
	kind, names, options := words[0], []string{}, map[string]string{}
	for _, w := range words[1:] {
		if k, v, ok := strings.Cut(w, "="); ok {
			options[k] = v
		} else {
			names = append(names, w)
		}
	}
	switch kind {
	case "user":
		outside := slices.Contains(names, "outside")
		for _, n := range names {
			if n != "outside" {
				d.Users = replace(d.Users, User{AgentID(n), n, outside}, func(u User) string { return string(u.Extension) })
			}
		}
	case "trunk":
		d.Trunks = replace(d.Trunks, Trunk{TrunkID(names[0]), options["country"], options["caller_id"]},
			func(t Trunk) string { return string(t.Name) })
	case "outbound":
		d.Outbound.Trunk, d.Outbound.Prefix = TrunkID(names[0]), options["prefix"]
		fmt.Sscan(options["per_user"], &d.Outbound.PerUser)
		fmt.Sscan(options["per_hour"], &d.Outbound.PerHour)
		if options["allow"] != "" {
			d.Outbound.Allow = strings.Split(options["allow"], ",")
		}
	case "blocked":
		d.Blocked = names
	case "number":
		d.Numbers = append(d.Numbers, Number{Pattern: names[0], Trunk: TrunkID(options["trunk"]), To: destination(names[1], ""),
			AtOnce: !slices.Contains(names, "by_agent"), Music: "default" + options["music"]})
	case "group":
		g, err := parseGroup(names, options)
		if err != nil {
			return true, err
		}
		d.Groups = replace(d.Groups, g, func(g Group) string { return string(g.Name) })
	default:
		return false, nil
	}
	return true, nil
}

func parseGroup(names []string, options map[string]string) (Group, error) {
	g := Group{Name: GroupID(names[0]), Distribution: Distribution(names[1]), Ring: 20 * time.Second, NobodyAfter: time.Minute}
	g.Title = strings.ToUpper(names[0][:1]) + names[0][1:]
	g.IfMissed = destination("voicemail", names[0])
	g.Then = g.IfMissed
	for _, n := range names[2:] {
		g.Agents = append(g.Agents, AgentID(n))
	}
	var err error
	span := func(v string) time.Duration {
		d, e := time.ParseDuration(v)
		if e != nil {
			err = e
		}
		return d
	}
	if rings := options["rings"]; rings != "" {
		var n int
		fmt.Sscan(rings, &n)
		g.Ring = time.Duration(n) * 5 * time.Second
	}
	g.BusyWait = g.Ring
	for k, v := range options {
		switch k {
		case "rings", "if_nobody":
		case "ext":
			g.Extension = v
		case "if_missed":
			g.IfMissed = destination(v, names[0])
		case "busy_wait":
			g.BusyWait = span(v)
		case "wrap_up":
			g.WrapUp = span(v)
		case "max_talking":
			g.MaxTalking = span(v)
		case "max_wait":
			g.MaxWait = span(v)
		case "nobody_after":
			g.NobodyAfter = span(v)
		case "max_callers":
			fmt.Sscan(v, &g.MaxCallers)
		case "then":
			g.Then = destination(v, names[0])
		case "music":
			g.Music = v
		case "intercept":
			g.Intercept = v == "yes"
		case "keys":
			g.Keys = parseKeys(v, names[0])
		default:
			return g, fmt.Errorf("a group has no %q", k)
		}
	}
	g.IfNobody = g.IfMissed
	if v := options["if_nobody"]; v != "" {
		g.IfNobody = destination(v, names[0])
	} else if g.IfMissed.Kind == ToHold {
		g.IfNobody = destination("voicemail", names[0])
	}
	return g, err
}

// parseKeys: 1>group:support,2>hang_up
func parseKeys(s, group string) map[string]Destination {
	keys := map[string]Destination{}
	for _, one := range strings.Split(s, ",") {
		key, to, _ := strings.Cut(one, ">")
		keys[key] = destination(to, group)
	}
	return keys
}

func destination(s, group string) Destination {
	kind, name, _ := strings.Cut(s, ":")
	if kind == "voicemail" && name == "" {
		name = group
	}
	return Destination{DestinationKind(kind), name}
}

// replace puts v where one of the same name stands, else at the end.
func replace[T any](list []T, v T, name func(T) string) []T {
	list = slices.Clone(list)
	if i := slices.IndexFunc(list, func(o T) bool { return name(o) == name(v) }); i >= 0 {
		list[i] = v
		return list
	}
	return append(list, v)
}
