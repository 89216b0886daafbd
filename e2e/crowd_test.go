package e2e

import (
	"fmt"
	"strings"
)

// extensions are those of a crowd, quoted: "201", "202", …
func extensions(n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprintf("%q", fmt.Sprint(201+i)))
	}
	return list
}

// crowd are n users.
func crowd(n int) string {
	var b strings.Builder
	for i := range n {
		user := fmt.Sprint(201 + i)
		fmt.Fprintf(&b, "\n  - {extension: %q, name: User %[1]s, password: %s}", user, password(user))
	}
	return b.String()
}

// crowd registers n phones on one socket. plan goes by the order in which they are rung.
func (x *exchange) crowd(n int, plan ...string) *phone {
	x.t.Helper()
	var lines []string
	for i := range n {
		user := fmt.Sprint(201 + i)
		lines = append(lines, fmt.Sprintf("%s;[authentication username=%s password=%s]", user, user, password(user)))
	}
	for len(plan) < n {
		plan = append(plan, plan[len(plan)-1])
	}
	p := x.telephones("201-", peer{name: "crowd", ip: x.net + ".100", port: 5060}, n, x.csv(lines...), plan...)
	await(x.t, "all phones to be registered", patience, func() bool {
		taken := 0
		for _, m := range p.trace.all() {
			if came(200, "REGISTER")(m) {
				taken++
			}
		}
		return taken >= n
	})
	return p
}
