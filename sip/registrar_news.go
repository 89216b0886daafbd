package sip

// news is a report of how many devices of a user are reachable.
type news struct {
	user string
	n    int
	lost bool
}

// report notes the number of reachable devices of a user, if it is not as reported last.
func (r *registrar) report(user string, lost bool) {
	n := 0
	for _, b := range r.users[user] {
		if b.reachable {
			n++
		}
	}
	if n == r.told[user] {
		return
	}
	if r.told[user] = n; n == 0 {
		delete(r.told, user)
	}
	r.news = append(r.news, news{user, n, lost})
}

// unlock ends work under the lock. What is to be reported is reported without the lock, in order, by one at a time.
func (r *registrar) unlock() {
	defer r.mu.Unlock()
	if r.telling {
		return
	}
	r.telling = true
	defer func() { r.telling = false }()
	for len(r.news) > 0 {
		batch := r.news
		r.news = nil
		r.tell(batch)
	}
}

func (r *registrar) tell(batch []news) {
	r.mu.Unlock()
	defer r.mu.Lock()
	for _, n := range batch {
		r.reachable(n.user, n.n, n.lost)
	}
}
