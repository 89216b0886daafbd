package sip

import (
	"strconv"
	"time"

	"ringtide/sip/internal/wire"
)

// ourInvite is the INVITE by which we call somebody (RFC 3261 section 13.2): one hop after the other, each with its
// own request, until somebody answers or refuses.
type ourInvite struct {
	d      *Dialog
	target Target
	inv    Invite
	party  string // To, without tag
	hops   []hop  // the first is being tried
	try    *try
	early  early
	forks  int  // that are being hung up
	ended  bool // the dialog is over but for them
}

// hop is one way to a target.
type hop struct {
	uri   wire.Uri  // Request-URI
	flow  wire.Flow // where to send
	route []string  // values of Route headers, outermost first
	down  bool      // it answered tests once, and does no more
}

// try is one INVITE on its way to one hop. What comes of one that is given up is still looked after: a late 2xx gets its
// ACK and BYE.
type try struct {
	hop        hop
	seq        uint32
	proof      wire.Header // Authorization, ACK carries it too (section 22.1)
	tx         *wire.ClientTx
	proceeding bool              // a 1xx has come
	rseq       map[string]uint32 // RSeq of the last reliable 1xx, by To tag
	acked      map[string]far    // 2xx by To tag: repeated ones get the same ACK
}

const (
	// silence is how long a device may take for its first response, and a hop if there is another: a sleeping phone must
	// not hold the caller up for the 32 s of Timer B.
	silence = 4 * time.Second
	// overtime is how much longer than asked an INVITE is valid: our CANCEL comes first, and says why.
	overtime = 5 * time.Second
	// defaultMaxForwards: RFC 3261 section 8.1.1.6.
	defaultMaxForwards = 70
)

// Dial calls t and returns at once; what comes of it is told to events, in order, perhaps before Dial returns. It does
// not fail: trouble comes as Failed, then Gone. A device that gives no sign of life for 4 s fails as Unreachable. A trunk
// is tried address by address after timeouts, transport errors and 503, and for the next 30 s that address last; one digest
// challenge each is answered; above its MaxCalls, and while none of its addresses answers tests, it fails with 503. Ringing has no limit of its own.
func (s *Server) Dial(t Target, inv Invite, events func(Event)) *Dialog {
	d := &Dialog{
		s:      s,
		who:    Identity{User: t.User, Trunk: t.Trunk},
		key:    dialogKey{wire.NewCallID(), wire.NewTag()},
		events: events,
		ours:   &ourInvite{target: t, inv: inv},
	}
	d.ours.d = d
	d.do(func() {
		if t.Trunk != "" && !s.desk.trunks.begin(t.Trunk) {
			events(Failed{Code: 503})
			events(Gone{})
			d.state = gone
			return
		}
		s.dialogs.add(d)
		hops, err := s.resolve(t, inv)
		if err != nil || len(hops) == 0 {
			s.log.Warn("call not sent", "sip_call_id", d.ID(), "user", t.User, "trunk", t.Trunk, "err", err)
			d.ours.fail(0, true)
			return
		}
		if t.Trunk != "" && s.desk.health.refuses(t.Trunk, hops) {
			d.ours.fail(503, true)
			return
		}
		d.ours.start(hops)
	})
	return d
}

func (o *ourInvite) start(hops []hop) {
	o.hops = hops
	o.d.local, o.party = o.names()
	o.send(nil)
}

// names are From and To: agents' phones see our domain, a trunk sees its own.
func (o *ourInvite) names() (from, to string) {
	host, user := o.d.s.config.Load().Domain, o.target.User
	if o.target.Trunk != "" || host == "" {
		host = o.hops[0].uri.Host
	}
	if o.target.Trunk != "" {
		user = o.inv.Number
	}
	from, to = anonymous, sipAddress(user, host)
	if o.inv.ShowNumber != "" {
		from = sipAddress(cleanName(o.inv.ShowNumber), host)
	}
	if name := quoteName(o.inv.ShowName); name != "" {
		from = name + " " + from
	}
	return from, to
}

// send tries the first hop, with the answer to its challenge if there was one.
func (o *ourInvite) send(proof wire.Header) {
	d, hop := o.d, o.hops[0]
	d.seq++
	t := &try{hop: hop, seq: d.seq, proof: proof, acked: make(map[string]far)}
	o.try, o.early = t, early{}
	d.peer.calls(hop.flow)
	quiet := silence
	if o.target.Trunk != "" && len(o.hops) == 1 && !hop.down {
		quiet = 0
	}
	tx, err := d.s.wire.Request(o.request(t), hop.flow, wire.ClientHandler{
		Response: func(res *wire.Response) { d.do(func() { o.response(t, res) }) },
		Failed:   func(error) { d.do(func() { o.failed(t) }) },
	}, wire.ClientOptions{Silence: quiet})
	if err != nil {
		d.do(func() { o.failed(t) })
		return
	}
	t.tx = tx
	d.lives(hop.flow)
}

func (o *ourInvite) request(t *try) *wire.Request {
	d := o.d
	more := append(d.abilities(reliably),
		d.s.contactFor(t.hop.uri, t.hop.flow),
		wire.NewHeader("Max-Forwards", strconv.Itoa(o.maxForwards())),
	)
	if o.inv.ShowNumber == "" {
		more = append(more, wire.NewHeader("Privacy", "id")) // RFC 3323 section 4.2
	} else {
		more = append(more, wire.NewHeader("P-Asserted-Identity", d.local))
	}
	if group := cleanName(o.inv.Group); group != "" {
		more = append(more, wire.NewHeader("X-Group", group))
	}
	if who := cleanName(o.inv.ReferredBy); who != "" && o.target.Trunk == "" { // RFC 3892 section 3
		more = append(more, wire.NewHeader("Referred-By", sipAddress(who, d.s.config.Load().Domain)))
	}
	if o.inv.For > 0 && o.target.Trunk == "" { // RFC 3261 section 13.3.1: it ends by itself, should we be deaf
		more = append(more, wire.NewHeader("Expires", strconv.Itoa(int((o.inv.For+overtime).Seconds()))))
	}
	more = append(more, d.asks()...)
	if t.proof != nil {
		more = append(more, t.proof)
	}
	req := d.request(wire.INVITE, far{party: o.party, target: t.hop.uri}, t.seq, more...)
	for _, r := range t.hop.route {
		req.AppendHeader(wire.NewHeader("Route", r))
	}
	setSDP(req, o.inv.Offer)
	return req
}

func (o *ourInvite) maxForwards() int {
	if o.inv.MaxForwards <= 0 || o.inv.MaxForwards > 255 {
		return defaultMaxForwards
	}
	return o.inv.MaxForwards
}

func (o *ourInvite) response(t *try, res *wire.Response) {
	if o.target.Trunk != "" {
		o.d.s.trunkAnswered(o.target.Trunk, t.hop.flow, res.StatusCode)
	}
	switch {
	case res.StatusCode < 200:
		o.provisional(t, res)
	case res.StatusCode < 300:
		o.accepted(t, res)
	default:
		o.refused(t, res)
	}
}

func (o *ourInvite) provisional(t *try, res *wire.Response) {
	t.proceeding = true
	if t != o.try || res.StatusCode == 100 || o.d.state > cancelling || !o.acknowledges(t, res) || o.d.state != setup {
		return
	}
	sdp, _ := sdpOf(res)
	if tag := tagOf(res.To().Params); tag != "" {
		if !o.d.peer.rings(tag) {
			return
		}
		sdp = o.early.heard(tag, sdp, t.rseq[tag] > 0)
	}
	o.d.emit(Ringing{Code: res.StatusCode, SDP: sdp})
}

// refused takes a final response other than 2xx. wire has acknowledged it.
func (o *ourInvite) refused(t *try, res *wire.Response) {
	d := o.d
	switch {
	case t != o.try:
	case d.state == cancelling:
		d.end()
	case d.state != setup:
	case t.proof == nil && o.prove(t, res):
	case res.StatusCode == 422 && d.yields(res):
		o.send(nil)
	case res.StatusCode == 503 && o.next():
	default:
		code := res.StatusCode
		o.fail(code, code == 408 || code == 480 || code == 503)
	}
}

// prove answers a trunk's challenge.
func (o *ourInvite) prove(t *try, res *wire.Response) bool {
	proof, ok := o.d.proof(t.tx.Request(), res)
	if ok {
		o.send(proof)
	}
	return ok
}

// next goes on to the next hop, if there is one.
func (o *ourInvite) next() bool {
	if len(o.hops) < 2 {
		return false
	}
	o.hops = o.hops[1:]
	o.send(nil)
	return true
}

// failed: no final response will come. wire goes on listening after a silent one: a late 1xx is cancelled there.
func (o *ourInvite) failed(t *try) {
	d := o.d
	if o.target.Trunk != "" && !t.proceeding {
		d.s.trunkFailed(o.target.Trunk, t.hop.flow)
	}
	switch {
	case t != o.try:
	case d.state == cancelling:
		o.suspect()
		d.end()
	case d.state != setup:
	case !t.proceeding && o.next():
	default:
		o.fail(0, true)
	}
}

// fail ends the dialog without an answer.
func (o *ourInvite) fail(code int, unreachable bool) {
	if unreachable {
		o.suspect()
	}
	o.d.emit(Failed{Code: code, Unreachable: unreachable})
	o.d.end()
}

// suspect has a silent device tested before it is rung again.
func (o *ourInvite) suspect() {
	if o.target.Trunk == "" {
		o.d.s.unreachable(o.target)
	}
}

// cancel takes our INVITE back. wire waits with the CANCEL for a 1xx (section 9.1) and reports a timeout 64*T1 after it.
func (o *ourInvite) cancel(why Reason) {
	if o.try != nil && o.try.tx != nil {
		o.try.tx.Cancel(why.headers()...)
	}
}
