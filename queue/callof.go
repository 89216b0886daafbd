package queue

// CallOf is the call an order is for; "" for Record.
func CallOf(o Order) CallID {
	switch o := o.(type) {
	case Accept:
		return o.Call
	case Progress:
		return o.Call
	case Refuse:
		return o.Call
	case Release:
		return o.Call
	case Play:
		return o.Call
	case StopPlaying:
		return o.Call
	case TakeMessage:
		return o.Call
	case Ring:
		return o.Call
	case StopRinging:
		return o.Call
	case Connect:
		return o.Call
	}
	return ""
}
