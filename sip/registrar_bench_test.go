package sip

import (
	"fmt"
	"net/netip"
	"strconv"
	"testing"

	"ringtide/internal/fakenet"
	"ringtide/internal/phone"
)

// BenchmarkRegister: 5,000 phones register again and again, each time with a new challenge. One turn is REGISTER, 401,
// REGISTER, 200, the phone's own work included.
func BenchmarkRegister(b *testing.B) {
	const phones = 5000
	c := deskConfig()
	c.SourcePerSecond = 0
	for i := range phones {
		u := strconv.Itoa(10000 + i)
		c.Users = append(c.Users, deskUser(u))
	}
	n := fakenet.New(1, fakenet.Options{})
	s, err := New(c, Handler{}, &memoryStore{}, discardLog(), Options{Dial: n.Dial})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	packets, err := n.ListenPacket(deskAddr)
	if err != nil {
		b.Fatal(err)
	}
	go s.ServeUDP(packets)
	clients := make([]*benchPhone, phones)
	for i := range clients {
		conn, err := n.ListenPacket(netip.AddrPortFrom(netip.AddrFrom4([4]byte{203, 0, byte(i >> 8), byte(i)}), 5060))
		if err != nil {
			b.Fatal(err)
		}
		clients[i] = &benchPhone{conn: conn, user: strconv.Itoa(10000 + i)}
	}
	for turn := 0; b.Loop(); turn++ {
		if err := clients[turn%phones].register(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N), "us/REGISTER")
}

type benchPhone struct {
	conn *fakenet.Conn
	user string
	seq  int
	buf  [2048]byte
}

func (p *benchPhone) register() error {
	res, err := p.says("")
	if err != nil {
		return err
	}
	d, err := parseDigest(phone.Header(res, "WWW-Authenticate"))
	if err != nil {
		return err
	}
	d.username, d.uri, d.nc, d.cnonce = p.user, "sip:pbx.test", "00000001", "c"
	d.response = d.answer(sha256Hex, sha256Hex(p.user, phone.Domain, phone.Password(p.user)), "REGISTER")
	if res, err = p.says("Authorization: " + d.credentials() + "\r\n"); err == nil && phone.Code(res) != 200 {
		err = fmt.Errorf("register %s: %s", p.user, res)
	}
	return err
}

func (p *benchPhone) says(line string) (string, error) {
	p.seq++
	text := fmt.Sprintf("REGISTER sip:pbx.test SIP/2.0\r\nVia: SIP/2.0/UDP %[1]s;branch=z9hG4bK%[2]s%[3]d;rport\r\nMax-Forwards: 70\r\n"+
		"From: <sip:%[2]s@pbx.test>;tag=1\r\nTo: <sip:%[2]s@pbx.test>\r\nCall-ID: %[2]s@x\r\nCSeq: %[3]d REGISTER\r\n"+
		"Contact: <sip:%[2]s@%[1]s>\r\nExpires: 3600\r\n%[4]sContent-Length: 0\r\n\r\n", p.conn.AddrPort(), p.user, p.seq, line)
	if _, err := p.conn.WriteToUDPAddrPort([]byte(text), deskAddr); err != nil {
		return "", err
	}
	n, _, err := p.conn.ReadFromUDPAddrPort(p.buf[:])
	return string(p.buf[:n]), err
}
