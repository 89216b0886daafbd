package store

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"ringtide/queue"
)

// A line of the journal is one of
//
//	{"at":"2026-03-01T09:00:00.123456789Z","fact":"CallerLeft","of":{"Call":"c1"},"orders":[{"order":"Release","of":{…}}]}
//	{"at":"…","image":{…}}
//
// Names are those of the types of package queue, fields those of the structs.
type line struct {
	At     time.Time       `json:"at"`
	Fact   string          `json:"fact,omitempty"`
	Of     json.RawMessage `json:"of,omitempty"`
	Orders []orderLine     `json:"orders,omitempty"`
	Image  json.RawMessage `json:"image,omitempty"`
}

type orderLine struct {
	Order string          `json:"order"`
	Of    json.RawMessage `json:"of"`
}

// appendEntry writes the line by hand as far as the names go, and leaves the fields to encoding/json.
func appendEntry(b []byte, e entry) ([]byte, error) {
	b = append(b, `{"at":"`...)
	b = e.at.UTC().AppendFormat(b, time.RFC3339Nano)
	var err error
	if e.image != nil {
		if b, err = appendValue(append(b, `","image":`...), e.image); err != nil {
			return nil, fmt.Errorf("write image: %w", err)
		}
		return append(b, "}\n"...), nil
	}
	b = append(append(b, `","fact":"`...), reflect.TypeOf(e.fact).Name()...)
	if b, err = appendValue(append(b, `","of":`...), e.fact); err != nil {
		return nil, fmt.Errorf("write fact: %w", err)
	}
	for i, o := range e.orders {
		if i == 0 {
			b = append(b, `,"orders":[`...)
		} else {
			b = append(b, ',')
		}
		b = append(append(b, `{"order":"`...), reflect.TypeOf(o).Name()...)
		if b, err = appendValue(append(b, `","of":`...), o); err != nil {
			return nil, fmt.Errorf("write order: %w", err)
		}
		b = append(b, '}')
	}
	if len(e.orders) > 0 {
		b = append(b, ']')
	}
	return append(b, "}\n"...), nil
}

func appendValue(b []byte, v any) ([]byte, error) {
	text, err := json.Marshal(v)
	return append(b, text...), err
}

// decoders of a sealed interface's types by their names.
type decoders[I any] map[string]func(json.RawMessage) (I, error)

func (d decoders[I]) decode(name string, of json.RawMessage) (i I, err error) {
	decode := d[name]
	if decode == nil {
		return i, fmt.Errorf("%q is unknown; the journal may be of another version", name)
	}
	return decode(of)
}

// decodersOf takes one value of each type, whatever is in it.
func decodersOf[I any](samples ...I) decoders[I] {
	d := make(decoders[I], len(samples))
	for _, s := range samples {
		t := reflect.TypeOf(s)
		d[t.Name()] = func(of json.RawMessage) (I, error) {
			v := reflect.New(t)
			err := json.Unmarshal(of, v.Interface())
			return v.Elem().Interface().(I), err
		}
	}
	return d
}

var factDecoders = decodersOf[queue.Fact](
	queue.CallArrived{}, queue.CallerLeft{}, queue.CallGivenUp{}, queue.CallEnded{},
	queue.AttemptRinging{}, queue.AttemptAnswered{}, queue.AttemptFailed{}, queue.Connected{}, queue.TalkEnded{},
	queue.AgentLegs{}, queue.DevicesReachable{}, queue.LoggedIn{}, queue.LoggedOut{}, queue.Paused{}, queue.Resumed{},
	queue.WrapUpEnded{}, queue.PromptEnded{}, queue.MessageLeft{}, queue.MailboxClosed{}, queue.Digits{},
	queue.TransferAsked{}, queue.CallsJoined{}, queue.JoinFailed{},
	queue.RulesChanged{}, queue.Restored{}, queue.TimePassed{},
)

var orderDecoders = decodersOf[queue.Order](
	queue.Accept{}, queue.Progress{}, queue.Refuse{}, queue.Release{}, queue.Play{}, queue.StopPlaying{}, queue.TakeMessage{},
	queue.OpenMailbox{}, queue.Connect{}, queue.Show{}, queue.Ring{}, queue.PickUp{}, queue.StopRinging{},
	queue.AnswerTransfer{}, queue.ReportTransfer{}, queue.Join{}, queue.Record{},
)

// parseLine reads a line back.
func parseLine(text []byte) (Entry, error) {
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		return Entry{}, err
	}
	e := Entry{At: l.At}
	if l.Image != nil {
		e.Image = new(queue.Image)
		return e, json.Unmarshal(l.Image, e.Image)
	}
	var err error
	if e.Fact, err = factDecoders.decode(l.Fact, l.Of); err != nil {
		return e, fmt.Errorf("fact %w", err)
	}
	for _, o := range l.Orders {
		order, err := orderDecoders.decode(o.Order, o.Of)
		if err != nil {
			return e, fmt.Errorf("order %w", err)
		}
		e.Orders = append(e.Orders, order)
	}
	return e, nil
}
