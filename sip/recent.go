package sip

// recent is a bounded table that forgets what was not looked at for longest, roughly: when the younger of its two halves
// is full, the older one is dropped. All operations take constant time.
type recent[K comparable, V any] struct {
	half         int
	young, older map[K]*V
}

func newRecent[K comparable, V any](limit int) recent[K, V] {
	return recent[K, V]{half: limit / 2, young: map[K]*V{}}
}

// get returns the entry of k, made if there is none.
func (t *recent[K, V]) get(k K) (v *V, known bool) {
	if v, known = t.young[k]; known {
		return v, true
	}
	if v, known = t.older[k]; !known {
		v = new(V)
	}
	if len(t.young) >= t.half {
		t.turn()
	}
	t.young[k] = v
	return v, known
}

// peek returns the entry of k if there is one.
func (t *recent[K, V]) peek(k K) (v *V, known bool) {
	if v, known = t.young[k]; !known {
		v, known = t.older[k]
	}
	return v, known
}

// turn drops the older half and begins a new one.
func (t *recent[K, V]) turn() { t.older, t.young = t.young, make(map[K]*V) }
