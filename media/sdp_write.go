package media

import (
	"net/netip"
	"strconv"

	"github.com/pion/sdp/v3"
)

// body writes our description: our audio in its place, all other lines refused.
func (n *negotiation) body(addr netip.Addr, lines []line, audio int, m *sdp.MediaDescription) []byte {
	family := "IP4"
	if addr.Is6() {
		family = "IP6"
	}
	d := sdp.SessionDescription{
		Origin: sdp.Origin{
			Username: "-", SessionID: n.id, SessionVersion: n.version,
			NetworkType: "IN", AddressType: family, UnicastAddress: addr.String(),
		},
		SessionName: "-",
		ConnectionInformation: &sdp.ConnectionInformation{
			NetworkType: "IN", AddressType: family, Address: &sdp.Address{Address: addr.String()},
		},
		TimeDescriptions: []sdp.TimeDescription{{}},
	}
	for i, l := range lines {
		if i == audio {
			m.MediaName.Protos = []string{l.proto}
			d.MediaDescriptions = append(d.MediaDescriptions, m)
			continue
		}
		d.MediaDescriptions = append(d.MediaDescriptions, &sdp.MediaDescription{MediaName: sdp.MediaName{
			Media: l.kind, Protos: []string{l.proto}, Formats: []string{l.formats},
		}})
	}
	body, err := n.marshal(&d)
	if err != nil {
		panic("write an SDP: " + err.Error()) // it holds only what was checked or is our own
	}
	return body
}

// marshal counts the version up if the body differs from the last one.
func (n *negotiation) marshal(d *sdp.SessionDescription) ([]byte, error) {
	d.Origin.SessionVersion = 0
	body, err := d.Marshal()
	if err != nil {
		return nil, err
	}
	if n.said != "" && n.said != string(body) {
		n.version++
	}
	n.said = string(body)
	d.Origin.SessionVersion = n.version
	return d.Marshal()
}

// audioMedia begins our m= line.
func audioMedia(port uint16) *sdp.MediaDescription {
	return &sdp.MediaDescription{MediaName: sdp.MediaName{Media: audioLine, Port: sdp.RangedPort{Value: int(port)}}}
}

// addFormat adds a payload type with its rtpmap.
func addFormat(m *sdp.MediaDescription, pt uint8, f format) {
	number := strconv.Itoa(int(pt))
	m.MediaName.Formats = append(m.MediaName.Formats, number)
	m.Attributes = append(m.Attributes, sdp.NewAttribute("rtpmap", number+" "+encodings[f]))
	if f == formatEvent {
		m.Attributes = append(m.Attributes, sdp.NewAttribute("fmtp", number+" 0-15"))
	}
}

var encodings = [...]string{formatUlaw: "PCMU/8000", formatAlaw: "PCMA/8000", formatEvent: "telephone-event/8000"}

// finishMedia adds the attributes of the line itself.
func finishMedia(m *sdp.MediaDescription, d Direction, mux bool) {
	m.Attributes = append(m.Attributes, sdp.NewAttribute("ptime", "20"))
	if mux {
		m.Attributes = append(m.Attributes, sdp.NewPropertyAttribute("rtcp-mux"))
	}
	m.Attributes = append(m.Attributes, sdp.NewPropertyAttribute(string(d)))
}
