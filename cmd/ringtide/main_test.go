package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// quiet is a configuration that opens no port that is known to others.
const quiet = `
sip: {listen: ["udp://127.0.0.1:0"]}
web: {listen: ""}
`

func TestTheCommandLine(t *testing.T) {
	folder := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := file("good.yaml", quiet)
	bad := file("bad.yaml", "sip: {domian: x}\nusers:\n  - {extension: \"101\"}\ngroups:\n  - {name: sales, agents: [\"109\"]}\n")
	menus := file("menus.yaml", quiet+"menus: [{name: main, keys: {\"1\": hang_up}}]\n")
	for _, c := range []struct {
		args      string
		in        string
		code      int
		out, errs string // parts; "": nothing at all
	}{
		{args: "help", code: exitOK, out: "ringtide check"},
		{args: "-h", code: exitOK, out: "ringtide registrations"},
		{args: "--help", code: exitOK, out: "ringtide hash [EXTENSION [DOMAIN]]"},
		{args: "calls -h", code: exitOK, errs: "-json"},
		{args: "check -h", code: exitOK, errs: "usage: ringtide check [flags]\n  -config FILE"},
		{args: "version", code: exitOK, out: "ringtide "},
		{args: "--version", code: exitOK, out: "ringtide "},
		{args: "serv", code: exitUsage, errs: `no command "serv"`},
		{args: "serve --prot 1", code: exitUsage, errs: "-prot"},
		{args: "check " + bad, code: exitUsage, errs: "unexpected arguments"},
		{args: "serve now", code: exitUsage, errs: "unexpected arguments"},
		{args: "version 2", code: exitUsage, errs: "unexpected arguments"},
		{args: "check --json", code: exitUsage, errs: "-json"},
		{args: "calls -n -1", code: exitUsage, errs: "-n"},
		{args: "check --config " + good, code: exitOK, out: good + ": ok\n"},
		{args: "check --config " + menus, code: exitOK, out: ": ok", errs: "warning: not in effect in this version: menus"},
		{args: "check --config " + bad, code: exitConfig, errs: bad + ":1: sip.domian: unknown key (did you mean \"domain\"?)"},
		{args: "check --config " + bad, code: exitConfig, errs: bad + ":5: groups[0].agents[0]: no user has the extension \"109\""},
		{args: "check --config " + folder + "/none.yaml", code: exitConfig, errs: "no such file"},
		{args: "serve --config " + bad, code: exitConfig, errs: "unknown key"},
		{args: "--config " + bad, code: exitConfig, errs: "unknown key"},
		{args: "calls --config " + bad, code: exitConfig, errs: "unknown key"},
		{args: "calls --config " + good, code: exitFailure, errs: "there are none in"},
		{args: "missed --config " + good, code: exitFailure, errs: "start the server once"},
		{args: "registrations --config " + good, code: exitFailure, errs: "there are none in"},
		{args: "hash", code: exitUsage, errs: "usage: ringtide hash"},
		{args: "hash 101 --config nowhere.yaml", code: exitUsage, errs: "unexpected arguments"},
		{args: "hash --config nowhere.yaml 101", code: exitConfig, errs: "nowhere.yaml"},
		{args: "hash 101 a b", code: exitUsage, errs: "unexpected arguments"},
		{args: "hash --pin 101 pbx.test", code: exitUsage, errs: "usage"},
		{args: "hash 101 pbx.test", code: exitUsage, errs: "nothing there (EOF)"},
		{args: "hash 101 pbx.test", in: "short\n", code: exitUsage, errs: "shorter than 8"},
		{args: "hash 1/1 pbx.test", in: "correct horse\n", code: exitUsage, errs: "no extension"},
		{args: "hash 101 pbx.test", in: "correct horse\r\n", code: exitOK, out: "ha1:", errs: "password: "},
		{args: "hash --pin", in: "4711\n", code: exitOK, out: "pin:$argon2id$", errs: "PIN: "},
		{args: "hash --pin", in: "1111\n", code: exitUsage, errs: "again and again"},
	} {
		var out, errs bytes.Buffer
		if code := run(strings.Fields(c.args), strings.NewReader(c.in), &out, &errs); code != c.code {
			t.Errorf("ringtide %s ends with %d, want %d:\n%s%s", c.args, code, c.code, &out, &errs)
		}
		for _, stream := range []struct{ name, got, want string }{{"output", out.String(), c.out}, {"errors", errs.String(), c.errs}} {
			if stream.want == "" && stream.got != "" && c.code == exitOK && stream.name == "errors" || !strings.Contains(stream.got, stream.want) {
				t.Errorf("ringtide %s: %s are %q, want %q", c.args, stream.name, stream.got, stream.want)
			}
		}
		if c.code != exitOK && out.Len() > 0 {
			t.Errorf("ringtide %s fails and prints %q", c.args, &out)
		}
	}
}

// A stored password is the same whether typed with a line end or not, and it is nothing the password can be read from.
func TestHashIsStable(t *testing.T) {
	of := func(in string) string {
		var out, errs bytes.Buffer
		if run([]string{"hash", "101", "pbx.test"}, strings.NewReader(in), &out, &errs) != exitOK {
			t.Fatal(errs.String())
		}
		return out.String()
	}
	a, b := of("correct horse"), of("correct horse\r\n")
	if a != b || strings.Contains(a, "horse") {
		t.Errorf("%s and %s", a, b)
	}
}

func TestAFullOutputIsAFailure(t *testing.T) {
	p := starts(t, "")
	p.signals(t, 15)
	if code := p.ends(t); code != exitOK {
		t.Fatalf("ended with %d", code)
	}
	for _, name := range []string{"calls", "missed", "registrations"} {
		var errs bytes.Buffer
		if code := run([]string{name, "--config", p.file, "--json"}, nil, broken{}, &errs); code != exitFailure || !strings.Contains(errs.String(), "disk full") {
			t.Errorf("ringtide %s ends with %d: %s", name, code, &errs)
		}
		var out bytes.Buffer
		if code := run([]string{name, "--config", p.file, "--json"}, nil, &out, &errs); code != exitOK || strings.TrimSpace(out.String()) != "[]" {
			t.Errorf("ringtide %s --json ends with %d and prints %q", name, code, &out)
		}
	}
}

// broken is an output that takes nothing.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("disk full") }
