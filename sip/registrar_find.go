package sip

import (
	"fmt"
	"net/netip"

	"ringtide/sip/internal/wire"
)

// devices returns the reachable devices of a user by rank.
func (r *registrar) devices(user string) (list []binding) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, b := range r.users[user] {
		if b.reachable {
			list = append(list, *b)
		}
	}
	return list
}

// device returns one device, reachable or not.
func (r *registrar) device(key string) (b binding, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if found := r.keys[key]; found != nil {
		return *found, nil
	}
	return b, fmt.Errorf("find device %q: it is no longer registered", key)
}

// onFlow tells whether a user is registered on that very flow.
func (r *registrar) onFlow(f wire.Flow) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.flows[f] > 0
}

// devicesAt counts the devices registered from a source.
func (r *registrar) devicesAt(source netip.Addr) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sources[source]
}

// counts returns the number of devices, and of users with a reachable one.
func (r *registrar) counts() (devices, reachable int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.keys), len(r.told)
}
