package queue

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var rewrite = flag.Bool("rewrite", false, "write what the engine really orders into the golden conversations")

// TestConversations plays every golden conversation of testdata. A line that begins in the first column is a rule, a fact
// or something people do; the indented lines beneath are the orders it causes. testdata/README.md explains the words.
func TestConversations(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("find golden conversations: %v, %d files", err, len(files))
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, string(want))
			if got == string(want) {
				return
			}
			if !*rewrite {
				t.Fatalf("the conversation went differently (go test ./queue -rewrite accepts it):\n%s", difference(string(want), got))
			}
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// difference shows the first lines that differ, with what leads to them.
func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range g {
		if i >= len(w) || w[i] != g[i] {
			begin := max(0, i-8)
			return fmt.Sprintf("line %d, want:\n%s\n\ngot:\n%s", i+1, strings.Join(w[min(begin, len(w)):min(i+4, len(w))], "\n"),
				strings.Join(g[begin:min(i+4, len(g))], "\n"))
		}
	}
	return "the end is missing:\n" + strings.Join(w[len(g):], "\n")
}

// player plays one conversation.
type player struct {
	*world
	t       *testing.T
	draft   *draft
	out     strings.Builder
	records bool
	facts   bool
}

func play(t *testing.T, text string) string {
	p := &player{t: t, draft: newDraft()}
	for i, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if strings.HasPrefix(line, " ") {
			continue
		}
		p.out.WriteString(line + "\n")
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(line, "#") {
			continue
		}
		if err := p.do(words); err != nil {
			t.Fatalf("line %d: %s: %v", i+1, line, err)
		}
	}
	return p.out.String()
}

// do carries out one line.
func (p *player) do(words []string) error {
	if rule, err := p.draft.add(words); rule {
		return err
	}
	if p.world == nil {
		p.begin()
	}
	verb, args := words[0], words[1:]
	arg := func(i int) string {
		if i < len(args) {
			return args[i]
		}
		return ""
	}
	switch verb {
	case "records":
		p.records = true
	case "facts":
		p.facts = true
	case "wait":
		d, err := time.ParseDuration(arg(0))
		if err != nil {
			return err
		}
		p.run(p.now.Add(d))
		return nil
	case "skip":
		d, err := time.ParseDuration(arg(0))
		p.now = p.now.Add(d)
		return err
	case "reload":
		p.step(RulesChanged{p.draft.Rules})
	case "delete":
		if arg(0) == "group" {
			p.draft.Groups = deleteGroup(p.draft.Groups, GroupID(arg(1)))
		} else {
			p.draft.Users = slices.DeleteFunc(slices.Clone(p.draft.Users), func(u User) bool { return u.Extension == AgentID(arg(1)) })
		}
	case "image":
		raw, err := json.Marshal(p.e.Image())
		if err != nil {
			return err
		}
		var image Image
		if err := json.Unmarshal(raw, &image); err != nil {
			return err
		}
		p.e = Load(image)
	case "explain":
		for line := range strings.Lines(p.e.Explain(p.now, CallID(arg(0)), AgentID(arg(1)))) {
			p.out.WriteString("          " + strings.TrimSpace(line) + "\n")
		}
	case "snapshot":
		raw, err := json.Marshal(p.e.Snapshot(p.now))
		if err != nil {
			return err
		}
		fmt.Fprintf(&p.out, "          %s\n", raw)
	case "fact":
		return p.fact(args)
	case "hold":
		p.hold = true
	case "raw":
		p.hold, p.deaf = true, true
	case "deliver":
		p.release(arg(0))
	case "restored":
		return p.restored(args)
	case "call":
		return p.dial(args)
	default:
		if err := p.people(verb, args); err != nil {
			return err
		}
	}
	p.run(p.now)
	return nil
}

func (p *player) begin() {
	p.world = newWorld(p.draft.Rules, time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC))
	p.wrong = func(f string, a ...any) { p.t.Errorf(f, a...) }
	p.after = func(f Fact, orders []Order) {
		if p.facts {
			p.print("< " + f.String())
		}
		for _, o := range orders {
			if _, record := o.(Record); !record || p.records {
				p.print(o.String())
			}
		}
	}
}

func (p *player) print(line string) {
	fmt.Fprintf(&p.out, "%8s  %s\n", p.now.Sub(p.start), line)
}

// release delivers the first n facts held back, or all of them and holds no more.
func (p *player) release(n string) {
	many, err := strconv.Atoi(n)
	if err != nil {
		many, p.hold = len(p.held), false
	}
	for range many {
		do := p.held[0]
		p.held = p.held[1:]
		do()
	}
}

// dial: c1 from +15557777 to +15551000 [over carrier] | c1 by alice to 600
func (p *player) dial(args []string) error {
	f := CallArrived{Call: CallID(args[0]), Trunk: "carrier"}
	for i := 1; i+1 < len(args); i += 2 {
		switch args[i] {
		case "from":
			f.Caller.Number = args[i+1]
		case "by":
			f.User, f.Trunk, f.Caller.Number = AgentID(args[i+1]), "", args[i+1]
		case "to":
			f.Dialled = args[i+1]
		case "over":
			f.Trunk = TrunkID(args[i+1])
		default:
			return fmt.Errorf("a call has no %q", args[i])
		}
	}
	p.call(f)
	p.run(p.now)
	return nil
}

// restored: last=9 sales/alice=3 out=bob paused=carol
func (p *player) restored(args []string) error {
	var f Restored
	for _, w := range args {
		k, v, _ := strings.Cut(w, "=")
		n, _ := strconv.Atoi(v)
		group, agent, stamp := strings.Cut(k, "/")
		switch {
		case stamp:
			f.Stamps = append(f.Stamps, Stamp{GroupID(group), AgentID(agent), AttemptID(n)})
		case k == "last":
			f.LastAttempt = AttemptID(n)
		case k == "out":
			f.LoggedOut = append(f.LoggedOut, AgentID(v))
		case k == "paused":
			f.Paused = append(f.Paused, AgentID(v))
		default:
			return fmt.Errorf("nothing is restored as %q", k)
		}
	}
	p.step(f)
	p.run(p.now)
	return nil
}

// people do something: with their phones, or with the attempt of that number.
func (p *player) people(verb string, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("who?")
	}
	a, l := p.find(args[0])
	if a == nil {
		return p.everyone(verb, args)
	}
	switch verb {
	case "ringing":
		p.up(a, AttemptRinging{a.id, l.id})
	case "answer":
		p.answer(a, l)
	case "reject", "unreachable":
		code := 0
		if len(args) > 1 {
			code, _ = strconv.Atoi(args[1])
		}
		p.fail(a, l, map[string]Failure{"reject": Rejected, "unreachable": Unreachable}[verb], code)
	case "hangup":
		if l == nil {
			p.leave(a)
		} else {
			p.targetEnds(a, TalkEnded{Held: slices.Contains(args, "held")})
		}
	case "refer":
		return p.transfer(a, args[1:])
	case "press":
		p.up(a, Digits{a.id, args[1]})
	case "close":
		p.closeMailbox(a, strings.Join(args[1:], ""))
	case "empty":
		p.hangUp(a, true)
	case "heard":
		p.up(a, PromptEnded{a.id, p.e.calls[a.id].Hears.Name})
	case "message":
		p.message(a, strings.Join(args[1:], " "), 7*time.Second)
	case "speak": // what is kept when the caller hangs up
		a.spoken = args[1]
	case "giveup":
		p.giveUp(a, Cause(args[1]))
	default:
		return p.everyone(verb, args)
	}
	return nil
}

// transfer: alice to bob | alice with c2
func (p *player) transfer(a *actor, words []string) error {
	side, talks := a.side(AgentID(words[0]))
	if !talks {
		return fmt.Errorf("%s has no part in it", words[0])
	}
	switch words[1] {
	case "to":
		p.refer(a, side, words[2], "")
	case "with":
		p.refer(a, side, "", CallID(words[2]))
	}
	return nil
}

// everyone named does something.
func (p *player) everyone(verb string, args []string) error {
	for _, name := range args {
		id := AgentID(name)
		switch verb {
		case "up":
			p.reach(id, 1, false)
		case "down":
			p.reach(id, 0, false)
		case "lost":
			p.reach(id, 0, true)
		case "login":
			p.step(LoggedIn{id})
		case "logout":
			p.step(LoggedOut{id})
		case "pause":
			p.step(Paused{id})
		case "resume":
			p.step(Resumed{id})
		case "unwrap":
			p.step(WrapUpEnded{id})
		default:
			return fmt.Errorf("nobody knows how to %q", verb)
		}
	}
	return nil
}

// find finds a call by its id, an attempt by its number, or who talks with an agent.
func (p *player) find(name string) (*actor, *leg) {
	if a := p.actors[CallID(name)]; a != nil {
		return a, nil
	}
	n, _ := strconv.Atoi(name)
	for _, a := range p.actors {
		if l := a.leg(AttemptID(n)); l != nil {
			return a, l
		}
		if a.talk != nil && a.talk.agent == AgentID(name) {
			return a, a.talk
		}
	}
	return nil, nil
}

func deleteGroup(groups []Group, name GroupID) []Group {
	var left []Group
	for _, g := range groups {
		if g.Name != name {
			left = append(left, g)
		}
	}
	return left
}
