package sip

import (
	"sync"

	"ringtide/sip/internal/wire"
)

// keeper keeps idle connections of TCP and TLS open that somebody needs: a device is registered on them, we are registered at
// a trunk, or a dialog lives there.
type keeper struct {
	keep func(f wire.Flow, on bool)

	mu   sync.Mutex
	uses map[wire.Flow]use
}

type use struct {
	device  bool
	trunk   bool
	dialogs int
}

func newKeeper(keep func(wire.Flow, bool)) *keeper {
	return &keeper{keep: keep, uses: map[wire.Flow]use{}}
}

// devices says whether devices are registered on f.
func (k *keeper) devices(f wire.Flow, on bool) { k.change(f, func(u *use) { u.device = on }) }

// trunk says whether we are registered over f, at whatever connection there is.
func (k *keeper) trunk(f wire.Flow, on bool) { k.change(f, func(u *use) { u.trunk = on }) }

// dialogs adds to the number of dialogs on f.
func (k *keeper) dialogs(f wire.Flow, by int) { k.change(f, func(u *use) { u.dialogs += by }) }

func (k *keeper) change(f wire.Flow, change func(*use)) {
	if !f.Stream() {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	u := k.uses[f]
	change(&u)
	k.uses[f] = u
	needed := u != use{}
	if !needed {
		delete(k.uses, f)
	}
	k.keep(f, needed)
}

// lives says on which flow the dialog lives now; the zero flow: on none.
func (d *Dialog) lives(f wire.Flow) {
	if f == d.home {
		return
	}
	d.s.keeper.dialogs(d.home, -1)
	d.s.keeper.dialogs(f, 1)
	d.home = f
}
