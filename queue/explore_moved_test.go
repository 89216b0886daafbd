package queue

// movedGames are worlds in which calls are transferred, joined, picked up, and leave the line by a key. Most begin in the
// middle of a conversation: how one comes about the other worlds know. Each is played twice: orders arrive at once, or take
// their time.
func movedGames() []*game {
	const (
		sales  = "user alice bob carol\nnumber +15551000 group:sales by_agent\ngroup sales evenly alice ext=600 rings=2 wrap_up=7s if_missed=hold\n"
		direct = "user alice bob carol\nnumber +15551000 user:alice by_agent\n"
		line   = "group backup evenly bob ext=601 rings=1 if_missed=hold if_nobody=hold wrap_up=5s max_wait=9s then=hang_up\n"
		short  = "group backup evenly bob ext=601 rings=1 busy_wait=3s wrap_up=5s\n"
		both   = "user alice bob\nnumber +15551000 group:sales by_agent\ngroup sales everybody alice bob intercept=yes rings=2 wrap_up=7s if_missed=hold\n"
		keyed  = "user alice bob\nnumber +15551000 group:sales\ngroup sales evenly alice rings=2 if_missed=hold keys=1>group:backup,2>user:bob\n"
	)
	talking, asking := opening("arrive 0", "answer 0"), opening("arrive 0", "answer 0", "arrive 1", "answer 1")
	asksBob, asksLine := dials("c2", "alice", "bob"), dials("c2", "alice", "601")
	return both2(
		scene("blind to a user", sales, talking, asks(2, "bob"), calls(outside1)),
		scene("blind to a group", sales+short, talking, asks(1, "601"), calls(outside1)),
		scene("blind into a line", sales+line, talking, asks(1, "601"), calls(outside1)),
		scene("blind, to a mailbox or outside", "outbound carrier\nuser alice outside\n"+sales, talking, asks(1, "*97bob", "+15559999"), calls(outside1)),
		scene("blind, and back to the head of the line", sales, asks(1, "bob"), calls(outside1, outside2), opening("arrive 0", "answer 0", "arrive 1")),
		scene("blind by either side", direct, opening("arrive 0", "answer 0"), asks(2, "carol", "alice", "bob"), calls(dials("c1", "alice", "bob"))),
		scene("blind by who called a group", direct+"group sales evenly bob ext=600 rings=1 wrap_up=7s", opening("arrive 0", "answer 0"), asks(1, "carol", "600"),
			calls(dials("c1", "alice", "600"))),
		scene("blind, and phones come and go", sales, talking, asks(1, "bob"), calls(outside1), whims("lost", "logout", "giveup", "unwrap")),
		scene("blind, and the rules change", sales, talking, asks(1, "bob"), calls(outside1), edits("delete group sales", "group sales everybody carol wrap_up=3s")),
		scene("attended, the consultation rings", direct, talking, asks(1), calls(outside1, asksBob)),
		scene("attended, the consultation talks", sales, asking, asks(1), calls(outside1, asksBob)),
		scene("attended, and a transfer that crosses it", direct, asking, asks(2, "carol"), calls(outside1, asksBob)),
		scene("attended, the group talks or rings", sales+short, talking, asks(1), calls(outside1, asksLine)),
		scene("attended, in a line", sales+line, talking, asks(1), calls(outside1, asksLine)),
		scene("attended, the group talks", sales+short, asking, asks(1), calls(outside1, asksLine)),
		scene("attended, of two callers", direct, asking, asks(1), calls(outside1, dials("c2", "bob", "alice"))),
		scene("attended, of two that alice has called", direct, asking, asks(1), calls(dials("c1", "alice", "bob"), dials("c2", "alice", "carol"))),
		scene("attended, and phones come and go", sales, asking, asks(1), calls(outside1, asksBob), whims("lost", "giveup")),
		scene("an interceptor", both, calls(outside1, dials("c2", "bob", "*8"))),
		scene("an interceptor whose own phone rings", both, opening("arrive 0", "reject 0"), calls(outside1, dials("c2", "bob", "*8"))),
		scene("an interceptor of a direct call", direct+"group sales everybody alice bob intercept=yes wrap_up=7s", calls(outside1, dials("c2", "bob", "*8alice"))),
		scene("two interceptors", "user carol\n"+both+"group backup evenly carol bob alice intercept=yes", calls(outside1, dials("c2", "bob", "*8"), dials("c3", "carol", "*8alice"))),
		scene("picked up while it is joined", direct+"group sales everybody alice bob carol intercept=yes wrap_up=7s", opening("arrive 0", "answer 0", "arrive 1"), asks(1),
			calls(outside1, asksBob, dials("c3", "carol", "*8bob"))),
		scene("keys", keyed+"group backup everybody bob alice rings=1 wrap_up=5s", asks(2), keys("1", "2"), calls(outside1)),
		scene("keys in two lines", keyed+"group backup everybody bob rings=1 if_missed=hold keys=1>hang_up", asks(1), keys("1"), calls(outside1, outside2)),
		scene("a mailbox", direct, asks(1, "bob", "+15559999"), calls(dials("c1", "alice", "*97"))),
	)
}

type trait func(*game)

// scene makes a game of traits: who calls, what people ask for, how it begins.
func scene(name, rules string, traits ...trait) *game {
	g := newGame(name, rules, 0)
	for _, is := range traits {
		is(g)
	}
	return g
}

func calls(script ...CallArrived) trait { return func(g *game) { g.script = script } }

func opening(steps ...string) trait { return func(g *game) { g.opening = steps } }

// asks says how often people ask for a transfer or press a key, and where they transfer to.
func asks(n int, dials ...string) trait { return func(g *game) { g.asks, g.dials = n, dials } }

func keys(k ...string) trait { return func(g *game) { g.keys = k } }

// whims lets people follow one of them.
func whims(w ...string) trait { return func(g *game) { g.whims, g.moods = w, 1 } }

func edits(texts ...string) trait {
	return func(g *game) {
		g.whims, g.moods = nil, 1
		for _, text := range texts {
			g.edit(text)
		}
	}
}

// both2 adds to each world the same one whose orders arrive at once.
func both2(games ...*game) []*game {
	var all []*game
	for _, g := range games {
		swift := *g
		swift.name, swift.swift = g.name+", orders at once", true
		all = append(all, g, &swift)
	}
	return all
}

// dials is a call by a user.
func dials(id CallID, user AgentID, to string) CallArrived {
	return CallArrived{Call: id, User: user, Caller: Party{Number: string(user)}, Dialled: to}
}
