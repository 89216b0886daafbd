package sip

import (
	"net/netip"
	"strings"

	"ringtide/sip/internal/wire"
)

// invitation reads what an INVITE of a proven peer says.
func (s *Server) invitation(req *wire.Request, id Identity, f wire.Flow) Invitation {
	inv := Invitation{
		From:        id,
		Dialled:     userOf(req.Recipient),
		MaxForwards: maxForwards(req),
		CallID:      cleanName(wire.Get(req, "Call-ID")),
		Remote:      f.Remote.Addr().Unmap(),
	}
	inv.Offer, _ = sdpOf(req)
	inv.Local, inv.Advertise = s.mediaAddress(f)
	if inv.From.Trunk != "" {
		inv.Number, inv.Name = presented(req)
		return inv
	}
	if !private(req) {
		inv.Number, inv.Name = id.User, s.nameOf(id.User)
		if inv.Name == "" {
			inv.Name = cleanName(unquoteName(req.From().DisplayName))
		}
	}
	return inv
}

// mediaAddress tells where media to the peer of f binds, and what is said to the peer instead (zero: the same).
func (s *Server) mediaAddress(f wire.Flow) (local, advertise netip.Addr) {
	local = f.Local.Addr().Unmap()
	if public := s.config.Load().PublicIP.Unmap(); public.IsValid() && public.Is4() == local.Is4() {
		advertise = public
	}
	return local, advertise
}

func maxForwards(req *wire.Request) int {
	if m := req.MaxForwards(); m != nil {
		return int(min(m.Val(), 255))
	}
	return 70
}

// presented is the caller as a trunk shows him: P-Asserted-Identity before Remote-Party-ID before From (RFC 3325 section
// 9); nothing of him if he is private.
func presented(req *wire.Request) (number, name string) {
	if private(req) {
		return "", ""
	}
	for _, header := range []string{"P-Asserted-Identity", "Remote-Party-ID"} {
		for _, a := range addresses(req, header) {
			if strings.EqualFold(param(a.params, "party"), "called") {
				continue
			}
			// Two identities may be asserted, a sip and a tel one: the first number counts, and any name.
			if number == "" {
				number = userOf(a.uri)
			}
			if name == "" {
				name = a.name
			}
		}
		if number != "" {
			return number, name
		}
	}
	from := req.From()
	return userOf(from.Address), cleanName(unquoteName(from.DisplayName))
}

// private tells whether the caller withholds his identity: Privacy (RFC 3323 section 4.2), Remote-Party-ID's privacy, or
// an anonymous From (RFC 3323 section 4.1.1.3).
func private(req *wire.Request) bool {
	for _, value := range wire.All(req, "Privacy") {
		for word := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == ';' || r == ',' || r == ' ' }) {
			switch strings.ToLower(word) {
			case "id", "user", "header":
				return true
			}
		}
	}
	for _, a := range addresses(req, "Remote-Party-ID") {
		switch strings.ToLower(param(a.params, "privacy")) {
		case "full", "uri":
			return true
		}
	}
	from := req.From().Address
	return strings.EqualFold(from.Host, nobodysHost) || strings.EqualFold(from.User, "anonymous")
}

type address struct {
	name   string
	uri    wire.Uri
	params wire.Params
}

// addresses reads all addresses of a header, those that are broken left out.
func addresses(m wire.Message, header string) (list []address) {
	for _, value := range wire.All(m, header) {
		for _, text := range wire.List(value) {
			if name, uri, params, err := wire.ParseAddress(text); err == nil {
				list = append(list, address{cleanName(unquoteName(name)), uri, params})
			}
		}
	}
	return list
}
