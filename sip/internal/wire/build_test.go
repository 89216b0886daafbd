package wire

import (
	"slices"
	"strings"
	"testing"
)

// RFC 3261 section 8.2.6.2 and 12.1.1.
func TestNewResponse(t *testing.T) {
	g := gate{}
	m, _ := g.datagram([]byte(crlf(request("INVITE", "1", "Record-Route: <sip:p1;lr>\nRecord-Route: <sip:p2;lr>, <sip:p3;lr>\nTimestamp: 54\nSubject: x\n"))))
	req := m.(*Request)
	for _, c := range []struct {
		code    int
		reason  string
		routes  int
		stamped bool
	}{{100, "Trying", 0, true}, {180, "Ringing", 3, false}, {200, "OK", 3, false}, {486, "Busy Here", 0, false}, {299, "OK", 3, false}, {499, "Bad Request", 0, false}} {
		res := NewResponse(req, c.code, "")
		if res.Reason != c.reason || len(All(res, "record-route")) != c.routes || (Get(res, "Timestamp") != "") != c.stamped || Get(res, "Subject") != "" {
			t.Errorf("%d:\n%s", c.code, res)
		}
		for _, name := range []string{"v", "From", "to", "Call-ID", "CSeq"} {
			if !slices.Equal(All(res, name), All(req, name)) {
				t.Error(c.code, name)
			}
		}
		res.To().Params.Add("tag", "ours")
		res.CSeq().SeqNo = 99
		*res.CallID() = "other"
		if strings.Contains(req.String(), "ours") || req.CSeq().SeqNo != 1 || *req.CallID() != "call-1" {
			t.Fatal("a response shares headers with its request")
		}
	}
	if r := NewResponse(req, 400, "Bad\r\nX: y").Reason; r != "Bad  X: y" {
		t.Errorf("%q", r)
	}
}

func TestRandomNames(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		for _, s := range []string{NewTag(), NewCallID(), NewBranch()} {
			if seen[s] || len(s) < 16 {
				t.Fatal(s)
			}
			seen[s] = true
		}
	}
	if !strings.HasPrefix(NewBranch(), "z9hG4bK") {
		t.Error("no magic cookie")
	}
}

func TestList(t *testing.T) {
	for value, want := range map[string][]string{
		"a, b ,c":                   {"a", "b", "c"},
		`"x, y" <sip:a,b>, <sip:c>`: {`"x, y" <sip:a,b>`, "<sip:c>"},
		`"a\", b"`:                  {`"a\", b"`},
		"":                          nil,
		"a,,b":                      nil,
		`"a`:                        nil,
		"<a":                        nil,
	} {
		if got := List(value); !slices.Equal(got, want) {
			t.Errorf("%s: %q", value, got)
		}
	}
}
