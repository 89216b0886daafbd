package sip

import "ringtide/sip/internal/wire"

// Probe asks the peer whether the dialog still lives there, with OPTIONS. If it does not, or nobody answers, the dialog
// ends with HungUp{Dead: true}.
func (d *Dialog) Probe() {
	d.do(func() {
		if d.state != confirmed || d.probing {
			return
		}
		d.probing = true
		d.ask(wire.OPTIONS, nil, func(res *wire.Response) {
			d.probing = false
			if d.state != confirmed {
				return
			}
			// RFC 3261 section 12.2.1.2: 481, 408 and silence end a dialog.
			switch {
			case res == nil || res.StatusCode == 408:
				d.emit(HungUp{Dead: true})
				d.bye()
			case res.StatusCode == 481:
				d.emit(HungUp{Dead: true})
				d.end()
			}
		})
	})
}
