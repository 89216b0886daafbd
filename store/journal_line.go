package store

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
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

// decoderOf registers T. It is a function of two types because Go cannot say "T implements I" of type parameters.
func decoderOf[T, I any](d decoders[I]) {
	d[reflect.TypeFor[T]().Name()] = func(of json.RawMessage) (I, error) {
		var t T
		err := json.Unmarshal(of, &t)
		return any(t).(I), err
	}
}

var factDecoders = func() decoders[queue.Fact] {
	d := decoders[queue.Fact]{}
	decoderOf[queue.CallArrived](d)
	decoderOf[queue.CallerLeft](d)
	decoderOf[queue.CallGivenUp](d)
	decoderOf[queue.CallEnded](d)
	decoderOf[queue.AttemptRinging](d)
	decoderOf[queue.AttemptAnswered](d)
	decoderOf[queue.AttemptFailed](d)
	decoderOf[queue.Connected](d)
	decoderOf[queue.TalkEnded](d)
	decoderOf[queue.AgentLegs](d)
	decoderOf[queue.DevicesReachable](d)
	decoderOf[queue.LoggedIn](d)
	decoderOf[queue.LoggedOut](d)
	decoderOf[queue.Paused](d)
	decoderOf[queue.Resumed](d)
	decoderOf[queue.WrapUpEnded](d)
	decoderOf[queue.PromptEnded](d)
	decoderOf[queue.MessageLeft](d)
	decoderOf[queue.RulesChanged](d)
	decoderOf[queue.Restored](d)
	decoderOf[queue.TimePassed](d)
	return d
}()

var orderDecoders = func() decoders[queue.Order] {
	d := decoders[queue.Order]{}
	decoderOf[queue.Accept](d)
	decoderOf[queue.Progress](d)
	decoderOf[queue.Refuse](d)
	decoderOf[queue.Release](d)
	decoderOf[queue.Play](d)
	decoderOf[queue.StopPlaying](d)
	decoderOf[queue.TakeMessage](d)
	decoderOf[queue.Connect](d)
	decoderOf[queue.StopRinging](d)
	decoderOf[queue.Record](d)
	decoderOf[queue.Ring](d)
	return d
}()

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

// String is the entry as people read it: time and fact, and each order on a line of its own.
func (e Entry) String() string {
	var b strings.Builder
	b.WriteString(e.At.UTC().Format("2006-01-02T15:04:05.000Z "))
	if e.Image != nil {
		b.WriteString("image of the engine")
		return b.String()
	}
	b.WriteString(e.Fact.String())
	for _, o := range e.Orders {
		b.WriteString("\n    " + o.String())
	}
	return b.String()
}
