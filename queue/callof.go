package queue

// CallOf is the call an order is for; "" for Record. PickUp and Join are for their other call, too.
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
	case Show:
		return o.Call
	case OpenMailbox:
		return o.Call
	case PickUp:
		return o.Call
	case AnswerTransfer:
		return o.Call
	case ReportTransfer:
		return o.Call
	case Join:
		return o.Keep
	}
	return ""
}
