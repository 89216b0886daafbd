package sip

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/internal/fakenet"
	"ringtide/internal/phone"
)

func TestRegistersAtAProvider(t *testing.T) {
	playing(t, func(s *stage) {
		p := s.provides("10.0.2.1:5060", grants("600"))
		s.registers(nil)
		s.isUp(false)
		passes(time.Second)
		s.isUp(true)
		asked := p.heard("REGISTER sip:10.0.2.1 SIP/2.0\r\n")
		if len(asked) != 2 {
			t.Fatalf("asked %d times", len(asked))
		}
		first, second := asked[0].text, asked[1].text
		for header, want := range map[string]string{"To": "<sip:5550100@10.0.2.1>", "Contact": "<sip:5550100@10.0.0.1:5060>", "Expires": "3600", "Authorization": ""} {
			if got := phone.Header(first, header); got != want {
				t.Errorf("%s: %q, want %q", header, got, want)
			}
		}
		if phone.Header(second, "Call-ID") != phone.Header(first, "Call-ID") || phone.Seq(second) != phone.Seq(first)+1 ||
			!strings.Contains(phone.Header(second, "Authorization"), "nc=00000001") {
			t.Errorf("with a proof:\n%s", second)
		}
		passes(299 * time.Second)
		if n := len(p.heard(keepAlive)); n < 9 || n > 13 {
			t.Errorf("%d signs of life in 5 minutes", n)
		}
		passes(160 * time.Second)
		asked = p.heard("REGISTER")
		if len(asked) != 1 {
			t.Fatalf("renewed %d times between half and three quarters of the time", len(asked))
		}
		if third := asked[0].text; phone.Seq(third) != phone.Seq(second)+1 || !strings.Contains(phone.Header(third, "Authorization"), "nc=00000002") {
			t.Errorf("renewal:\n%s", third)
		}
		passes(24 * time.Hour)
		s.isUp(true)
		if n := len(p.heard("REGISTER")); n < 24*8 || n > 24*12 {
			t.Errorf("%d renewals in a day", n)
		}
		s.told("trunk registered", 1)
		s.told("trunk not registered", 0)
	})
}

func TestNoncesOfARegistrarGrowOld(t *testing.T) {
	for name, stale := range map[string]string{"it says so": ",stale=true", "it does not": ""} {
		t.Run(name, func(t *testing.T) {
			playing(t, func(s *stage) {
				knows := func(nonce string) func(string) (int, []string) {
					return func(req string) (int, []string) {
						if !strings.Contains(phone.Header(req, "Authorization"), nonce) {
							return 401, []string{`WWW-Authenticate: Digest realm="r",qop="auth",algorithm=SHA-256,nonce="` + nonce + `"` + stale}
						}
						return 200, []string{"Expires: 60"}
					}
				}
				p := s.provides("10.0.2.1:5060", knows("n1"))
				s.registers(nil)
				passes(time.Second)
				for _, nonce := range []string{"n2", "n3"} {
					p.says(knows(nonce))
					passes(46 * time.Second)
					s.isUp(true)
				}
				s.told("trunk not registered", 0)
			})
		})
	}
}

func TestRegistrarBehindAProxyThatChallengesToo(t *testing.T) {
	playing(t, func(s *stage) {
		p := s.provides("10.0.2.1:5060", func(req string) (int, []string) {
			if phone.Header(req, "Proxy-Authorization") == "" {
				return 407, []string{`Proxy-Authenticate: Digest realm="edge",nonce="e"`}
			}
			return grants("3600")(req)
		})
		s.registers(nil)
		passes(time.Second)
		s.isUp(true)
		if n := len(p.heard("REGISTER")); n != 3 {
			t.Errorf("%d requests", n)
		}
	})
}

func TestRegistrarWantsALongerTime(t *testing.T) {
	playing(t, func(s *stage) {
		p := s.provides("10.0.2.1:5060", func(req string) (int, []string) {
			if phone.Header(req, "Expires") == "3600" {
				return 423, []string{"Min-Expires: 7200"}
			}
			return 200, []string{"Expires: " + phone.Header(req, "Expires")}
		})
		s.registers(nil)
		passes(time.Second)
		s.isUp(true)
		p.says(always(423, "Min-Expires: 9000")) // and is never content
		passes(3 * time.Hour)
		s.isUp(false)
		s.told("says 423", 1)
	})
}

func TestRefusedRegistrationIsToldOnceAndTriedSeldom(t *testing.T) {
	for name, answer := range map[string]func(string) (int, []string){
		"forbidden": always(403), "unknown": always(404), "wrong password": always(401, challenge), "strange": always(401),
		"another algorithm": always(401, `WWW-Authenticate: Digest realm="r",nonce="n",algorithm=AKAv1-MD5`),
	} {
		t.Run(name, func(t *testing.T) {
			playing(t, func(s *stage) {
				p := s.provides("10.0.2.1:5060", answer)
				s.registers(nil)
				passes(24 * time.Hour)
				if n := len(p.heard("REGISTER")); n < 24 || n > 2*60 {
					t.Errorf("%d tries in a day", n)
				}
				s.told("trunk not registered", 1)
				s.isUp(false)
				p.says(grants("3600"))
				passes(time.Hour)
				s.isUp(true)
			})
		})
	}
}

func TestRegistrarThatRecallsARegistration(t *testing.T) {
	playing(t, func(s *stage) {
		p := s.provides("10.0.2.1:5060", grants("60"))
		s.registers(nil)
		passes(time.Second)
		s.isUp(true)
		p.says(always(403))
		passes(46 * time.Second) // of 60
		s.isUp(false)
	})
}

func TestRegistrarThatIsAwayForAWhile(t *testing.T) {
	for name, answer := range map[string]func(string) (int, []string){"silent": always(0), "ill": always(500), "busy": always(503)} {
		t.Run(name, func(t *testing.T) {
			playing(t, func(s *stage) {
				p := s.provides("10.0.2.1:5060", grants("600"))
				s.registers(nil)
				passes(time.Second)
				p.says(answer)
				passes(9 * time.Minute)
				s.isUp(true) // what was granted holds
				passes(70 * time.Second)
				s.isUp(false)
				s.told("still_valid=true", 1)
				p.heard("")
				passes(24 * time.Hour)
				if n := len(p.heard("REGISTER")); n < 24*10 || n > 24*25 {
					t.Errorf("%d tries in a day", n)
				}
				p.says(grants("600"))
				passes(6 * time.Minute)
				s.isUp(true)
				s.told("trunk registered", 2)
				if n := strings.Count(s.logged.String(), "trunk not registered"); n > 3 {
					t.Errorf("%d lines in a day:\n%s", n, s.logged)
				}
			})
		})
	}
}

func TestBusyRegistrarSaysWhenToComeBack(t *testing.T) {
	playing(t, func(s *stage) {
		p := s.provides("10.0.2.1:5060", always(503, "Retry-After: 300 (later)"))
		s.registers(nil) // 10.0.2.2 is silent
		passes(300 * time.Second)
		if n := len(p.heard("REGISTER")); n != 1 {
			t.Errorf("asked %d times in that time", n)
		}
		passes(36 * time.Second) // the pause began when the last address was given up
		if n := len(p.heard("REGISTER")); n != 1 {
			t.Errorf("asked %d times after it", n)
		}
	})
}

func TestRegistersAtTheNextAddress(t *testing.T) {
	playing(t, func(s *stage) {
		second := s.provides("10.0.2.2:5060", grants("600"))
		s.registers(nil)
		passes(4 * time.Second)
		s.isUp(false)
		passes(time.Second) // 10.0.2.1 has been silent for 4 s
		s.isUp(true)
		second.heard("")
		first := s.provides("10.0.2.1:5060", grants("600"))
		passes(8 * time.Minute)
		if len(first.heard("REGISTER")) == 0 || len(second.heard("REGISTER")) != 0 {
			t.Error("the first address is back, but the second is asked")
		}
		first.says(always(503))
		passes(8 * time.Minute)
		if len(second.heard("REGISTER")) == 0 {
			t.Error("the first address is busy, but the second is not asked")
		}
		s.isUp(true)
		s.told("trunk not registered", 0)
	})
}

func TestRegistrationOnALossyNetwork(t *testing.T) {
	lossy := fakenet.Options{Loss: 0.3, Duplicate: 0.1, Reorder: 0.1, MaxDelay: 50 * time.Millisecond}
	for seed := range uint64(5) {
		play(t, lossy, seed, func(s *stage) {
			s.provides("10.0.2.1:5060", grants("600"))
			s.registers(func(t *Trunk) { t.URIs = t.URIs[:1] })
			passes(time.Minute)
			for range 24 {
				s.isUp(true)
				passes(time.Hour)
			}
			s.told("run out", 0)
		})
	}
}

func TestEndOfTheServerTakesTheRegistrationBack(t *testing.T) {
	playing(t, func(s *stage) {
		p := s.provides("10.0.2.1:5060", grants("600"))
		s.registers(nil)
		passes(time.Second)
		p.heard("")
		begin := time.Now()
		s.server.Close()
		if d := time.Since(begin); d != 0 {
			t.Errorf("it took %v", d)
		}
		asked := p.heard("REGISTER")
		if len(asked) != 1 || phone.Header(asked[0].text, "Expires") != "0" || !strings.Contains(asked[0].text, "nc=00000002") {
			t.Errorf("%+v", asked)
		}
	})
}

func TestEndOfTheServerWaitsASecondForADeadRegistrar(t *testing.T) {
	playing(t, func(s *stage) {
		p := s.provides("10.0.2.1:5060", grants("600"))
		s.registers(nil)
		passes(time.Second)
		p.says(always(0))
		begin := time.Now()
		s.server.Close()
		if d := time.Since(begin); d != leaveTime {
			t.Errorf("it took %v", d)
		}
	})
}

func TestReloadOfATrunkThatRegisters(t *testing.T) {
	playing(t, func(s *stage) {
		first := s.provides("10.0.2.1:5060", grants("600"))
		second := s.provides("10.0.2.2:5060", grants("600"))
		expires := func(p *provider, want ...string) {
			t.Helper()
			var got []string
			for _, i := range p.heard("REGISTER") {
				got = append(got, phone.Header(i.text, "Expires")+" "+phone.Header(i.text, "To"))
			}
			if strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("asked\n%q, want\n%q", got, want)
			}
		}
		const us = "<sip:5550100@10.0.2.1>"
		s.registers(nil)
		passes(time.Second)
		expires(first, "3600 "+us, "3600 "+us)
		s.registers(func(t *Trunk) { t.MaxCalls = 7 })
		expires(first)
		s.registers(func(t *Trunk) { t.Password = "another" })
		expires(first, "3600 "+us, "3600 "+us)
		s.registers(func(t *Trunk) { t.Username = "5550101" })
		other := "<sip:5550101@10.0.2.1>"
		expires(first, "0 "+us, "3600 "+other, "3600 "+other)
		s.registers(func(t *Trunk) { t.Username, t.URIs = "5550101", []string{"sip:10.0.2.2"} })
		expires(first, "0 "+other)
		expires(second, "3600 <sip:5550101@10.0.2.2>", "3600 <sip:5550101@10.0.2.2>")
		s.isUp(true)
		s.reloads(func(*Config) {})
		expires(second, "0 <sip:5550101@10.0.2.2>")
		s.isUp(true) // it need not register
		passes(time.Hour)
		expires(second)
		if first.heard("") != nil {
			t.Error("the first registrar hears more")
		}
	})
}

func TestReloadWhileARegistrarIsAsked(t *testing.T) {
	playing(t, func(s *stage) {
		p := s.provides("10.0.2.1:5060", always(0))
		s.registers(nil)
		passes(time.Second)
		s.registers(func(t *Trunk) { t.Username = "5550101" })
		s.registers(nil) // and back
		p.says(grants("600"))
		passes(5 * time.Second)
		s.isUp(true)
		asked := p.heard("REGISTER")
		if last := asked[len(asked)-1].text; phone.Header(last, "To") != "<sip:5550100@10.0.2.1>" || phone.Header(last, "Expires") != "3600" {
			t.Errorf("last:\n%s", last)
		}
	})
}

func TestServiceRouteIsTheWayOfCalls(t *testing.T) {
	playing(t, func(s *stage) {
		p := s.provides("10.0.2.1:5060", grants("10", "Service-Route: <sip:edge.example;lr>, <sip:core.example;lr>"))
		s.registers(nil)
		passes(time.Second)
		l := s.dialsOut("5550199")
		asked := p.heard("INVITE sip:5550199@10.0.2.1 ")
		l.saw("Failed 404", "Gone")
		if len(asked) != 1 || strings.Join(phone.Headers(asked[0].text, "Route"), ", ") != "<sip:edge.example;lr>, <sip:core.example;lr>" {
			t.Errorf("%+v", asked)
		}
		for route, ok := range map[string]bool{"<sip:edge.example>": false, "nonsense": false, "<sip:" + strings.Repeat("x", 600) + ";lr>": false, "<sip:e;lr>": true} {
			p.says(grants("10", "Service-Route: "+route))
			passes(10 * time.Second)
			if hops, err := s.server.ways("carrier", "1"); err != nil || (len(hops[0].route) == 1) != ok || !ok && hops[0].route != nil {
				t.Errorf("%.30s: %q, %v", route, hops[0].route, err)
			}
		}
	})
}

func TestRegistrationOverTCPFollowsItsConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := fakenet.New(1, quiet)
		at := trunkAddr
		listener, err := net.Listen(at)
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		peers := make(chan *phone.Phone, 10)
		go func() {
			for {
				c, err := listener.Accept()
				if err != nil {
					return
				}
				p := phone.New(t, "registrar", c)
				p.Settle = synctest.Wait
				peers <- p
			}
		}()
		o := openOffice(t, net, func(c *Config) {
			c.Trunks[0].URIs, c.Trunks[0].Register, c.Trunks[0].Username, c.Trunks[0].Password = []string{"sip:198.51.100.7;transport=tcp"}, true, "us", "pw"
		}, nil)
		defer o.server.Close()
		answers := func(p *phone.Phone) {
			p.Hears("REGISTER sip:198.51.100.7;transport=tcp")
			p.Answers("REGISTER", 200, "", "Expires: 3600")
			synctest.Wait()
		}
		p := <-peers
		answers(p)
		if contact := phone.Header(p.Requests["REGISTER"], "Contact"); contact != "<sip:us@192.0.2.1:5060;transport=tcp>" {
			t.Errorf("Contact: %s", contact)
		}
		passes(10 * time.Minute) // idle, and kept
		p.Hears(keepAlive)
		if len(peers) != 0 {
			t.Error("a second connection")
		}
		if !o.server.Trunks()[0].Up {
			t.Error("not up")
		}
		begin := time.Now()
		p.Close()
		p = <-peers
		if d := time.Since(begin); d > 2*time.Second {
			t.Errorf("registers anew after %v", d)
		}
		answers(p)
		p.Close() // a registrar that closes after each answer is not asked each second
		begin = time.Now()
		p = <-peers
		if d := time.Since(begin); d < leastFlow {
			t.Errorf("and again after %v", d)
		}
		answers(p)
		p.Close()
	})
}

func TestRegistersAtAnotherServerOfOurs(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		c := deskConfig()
		c.Users, c.Qualify = nil, 30*time.Second
		c.Trunks = []Trunk{{Name: "branch", URIs: []string{"sip:" + deskAddr.Addr().String()}, Register: true, Username: "101", Password: phone.Password("101")}}
		branch, err := New(c, Handler{}, nil, discardLog(), Options{Dial: o.net.Dial})
		if err != nil {
			t.Fatal(err)
		}
		packets, err := o.net.ListenPacket(trunkAddr)
		if err != nil {
			t.Fatal(err)
		}
		go branch.ServeUDP(packets)
		passes(10 * time.Second)
		for range 24 {
			if !branch.Trunks()[0].Up || o.devices("101") != 1 {
				t.Fatalf("%+v, %d devices\n%s", branch.Trunks(), o.devices("101"), o.logs)
			}
			passes(time.Hour)
		}
		branch.Close()
		synctest.Wait()
		if got := o.reached(); got != "101 1, 101 0" {
			t.Errorf("reports: %s", got)
		}
	})
}
