package wire

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/internal/fakenet"
)

// Over a network that loses, delays, doubles and reorders, every request comes to exactly one end, and nothing stays.
func TestBadNetwork(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := fakenet.New(seed, fakenet.Options{Loss: 0.2, Duplicate: 0.05, Reorder: 0.1, MinDelay: 50 * time.Millisecond, MaxDelay: 110 * time.Millisecond})
				var mu sync.Mutex
				arrived := map[string]int{}
				server := on(t, n, ourAddr.String(), Config{Handler: Handler{Request: func(tx *ServerTx) {
					mu.Lock()
					arrived[tx.Request().CallID().Value()+string(tx.Request().Method)]++
					mu.Unlock()
					if tx.Request().Method == INVITE {
						tx.Respond(tagged(tx, 180))
						time.AfterFunc(3*time.Second, func() { tx.Respond(tagged(tx, 486)) })
						return
					}
					tx.Respond(tagged(tx, 200))
				}}})
				client := on(t, n, peerAddr.String(), Config{})
				defer server.Close()
				defer client.Close()
				var all []*notes
				for i := range 100 {
					flow, err := client.Route("udp", ourAddr)
					if err != nil {
						t.Fatal(err)
					}
					for _, m := range []Method{INVITE, OPTIONS} {
						one := &notes{}
						all = append(all, one)
						if _, err := client.Request(outgoing(m), flow, one.handler(), ClientOptions{}); err != nil {
							t.Fatal(err)
						}
					}
					<-time.After(time.Duration(i) * time.Millisecond)
				}
				<-time.After(3 * time.Minute)
				synctest.Wait()
				for i, one := range all {
					finals, ends := 0, 0
					for _, what := range one.list() {
						switch what {
						case "486", "200":
							finals++
						case "ended":
							ends++
						case "100", "180":
						default:
							t.Error(i, what)
						}
					}
					if finals != 1 || ends != 1 {
						t.Error(i, one.list())
					}
				}
				for key, times := range arrived {
					if times != 1 {
						t.Error(key, "arrived", times, "times")
					}
				}
				if s, c := server.Stats(), client.Stats(); s.Servers+s.Clients+c.Servers+c.Clients != 0 || len(arrived) != 200 {
					t.Errorf("%d %+v %+v", len(arrived), s, c)
				}
			})
		})
	}
}

// on makes a stack at an address of a fake network.
func on(t *testing.T, n *fakenet.Network, addr string, c Config) *Stack {
	t.Helper()
	conn, err := n.ListenPacket(addrPort(addr))
	if err != nil {
		t.Fatal(err)
	}
	s := New(c)
	go s.ServeUDP(conn)
	synctest.Wait()
	return s
}
