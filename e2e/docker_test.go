package e2e

import (
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// top is the folder of the repository.
const top = ".."

// text reads a file of the repository.
func text(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(top, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// instructions are the lines of the Dockerfile that begin with a word, without it; continued lines are joined.
func instructions(t *testing.T, word string) (list []string) {
	t.Helper()
	joined := strings.ReplaceAll(text(t, "Dockerfile"), "\\\n", " ")
	for line := range strings.Lines(joined) {
		if rest, ok := strings.CutPrefix(line, word+" "); ok {
			list = append(list, strings.TrimSpace(rest))
		}
	}
	return list
}

// The command of the build stage makes a static program: nothing of the system is needed to run it. The configuration that
// comes with the image is valid with the passwords that `make secrets` chooses, and refused without them.
func TestTheImageHoldsOneStaticFile(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: no end-to-end tests")
	}
	t.Parallel()
	folder := t.TempDir()
	for _, run := range instructions(t, "RUN") {
		if !strings.Contains(run, "go build") {
			continue
		}
		build := exec.Command("sh", "-c", strings.ReplaceAll(run, "/out/", folder+"/"))
		build.Dir = top
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", run, err, out)
		}
	}
	built := filepath.Join(folder, "ringtide")
	program, err := elf.Open(built)
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	for _, p := range program.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("the program wants a dynamic loader, which the image has not")
		}
	}

	config := filepath.Join(folder, "config.yaml")
	secrets := filepath.Join(folder, "secrets")
	if err := os.WriteFile(config, []byte(strings.ReplaceAll(text(t, "deploy/ringtide/config.yaml"), "/run/secrets", secrets)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(built, "check", "--config", config).CombinedOutput(); err == nil || strings.Count(string(out), "no such file") != 3 {
		t.Errorf("without passwords: %v\n%s", err, out)
	}
	choose(t, secrets)
	if out, err := exec.Command(built, "check", "--config", config).CombinedOutput(); err != nil {
		t.Errorf("ringtide check: %v\n%s", err, out)
	}
}

// choose has `make secrets` choose passwords, in another folder.
func choose(t *testing.T, folder string) {
	t.Helper()
	secrets := exec.Command("make", "-s", "secrets", "SECRETS="+folder)
	secrets.Dir = top
	if out, err := secrets.CombinedOutput(); err != nil {
		t.Fatalf("make secrets: %v\n%s", err, out)
	}
}

// The containers' server and SIPp, without containers: same configuration, same script, other addresses.
func TestTheContainersServeCalls(t *testing.T) {
	t.Parallel()
	if sippPath == "" {
		t.Fatal("SIPp is not installed: run `make deps` (Debian package sip-tester)")
	}
	secrets := filepath.Join(t.TempDir(), "secrets")
	choose(t, secrets)
	at := subnet()
	file := strings.NewReplacer("0.0.0.0", at+".1", "172.30.60.3", at+".2", "/run/secrets", secrets, "/var/lib/ringtide", "data",
		"drain: 60s", "drain: 1s").Replace(text(t, "deploy/ringtide/config.yaml"))
	x := start(t, plan{file: file, ip: at + ".1"})
	if out, err := exec.Command(ringtide, "healthy", "http://"+x.web+"/readyz").CombinedOutput(); err != nil {
		t.Errorf("the health check: %v\n%s", err, out)
	}
	calls := exec.Command("sh", filepath.Join(top, "deploy/sipp/calls.sh"))
	folder, err := filepath.Abs(scenarios)
	if err != nil {
		t.Fatal(err)
	}
	calls.Env = append(os.Environ(), "SERVER="+at+".1", "HERE="+at+".2", "CALLS=4", "SCENARIOS="+folder, "SECRETS="+secrets)
	dieWithUs(calls)
	if out, err := calls.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

var pinned = regexp.MustCompile(`^(scratch|[a-z0-9/.-]+:v?\d[\w.-]*)$`)

// What the images are made of exists and has a version; the server runs without rights.
func TestTheDockerfileAndComposeFileAreWhole(t *testing.T) {
	t.Parallel()
	stages := map[string]bool{}
	for _, from := range instructions(t, "FROM") {
		image, name, _ := strings.Cut(from, " AS ")
		if stages[name] = true; !pinned.MatchString(image) {
			t.Errorf("image %q has no version", image)
		}
	}
	for _, list := range instructions(t, "COPY") {
		words := strings.Fields(list)
		if strings.HasPrefix(words[0], "--from=") {
			if from := strings.TrimPrefix(words[0], "--from="); !stages[from] {
				t.Errorf("COPY from %q, which is no stage", from)
			}
			continue
		}
		for _, path := range words[:len(words)-1] {
			if _, err := os.Stat(filepath.Join(top, path)); err != nil {
				t.Errorf("COPY: %v", err)
			}
			if strings.Contains("\n"+text(t, ".dockerignore"), "\n"+path+"\n") {
				t.Errorf("COPY %s, which .dockerignore leaves out", path)
			}
		}
	}
	for _, user := range instructions(t, "USER") {
		if !regexp.MustCompile(`^[1-9]\d+:[1-9]\d+$`).MatchString(user) {
			t.Errorf("USER %s: want a number that is not root's", user)
		}
	}
	var compose struct {
		Services map[string]struct {
			Image   string
			Build   struct{ Target string }
			Ports   []string
			Volumes []string
		}
	}
	if err := yaml.Unmarshal([]byte(text(t, "docker-compose.yml")), &compose); err != nil {
		t.Fatal(err)
	}
	for name, s := range compose.Services {
		if s.Build.Target == "" && !pinned.MatchString(s.Image) || s.Build.Target != "" && !stages[s.Build.Target] {
			t.Errorf("%s: neither an image with a version nor a stage of the Dockerfile: %q %q", name, s.Image, s.Build.Target)
		}
		for _, v := range s.Volumes {
			if host, _, _ := strings.Cut(v, ":"); strings.HasPrefix(host, ".") {
				if _, err := os.Stat(filepath.Join(top, host)); err != nil {
					t.Errorf("%s: volume %v", name, err)
				}
			}
		}
	}
	var config struct{ Media struct{ Ports string } }
	if err := yaml.Unmarshal([]byte(text(t, "deploy/ringtide/config.yaml")), &config); err != nil {
		t.Fatal(err)
	}
	audio := fmt.Sprintf(":%[1]s:%[1]s/udp", config.Media.Ports)
	if published := strings.Join(compose.Services["ringtide"].Ports, " "); !strings.Contains(published, audio) {
		t.Errorf("media.ports %s are not among those published: %s", config.Media.Ports, published)
	}
	if tool, err := exec.LookPath("docker-compose"); err == nil {
		check := exec.Command(tool, "config", "--quiet")
		check.Dir = top
		if out, err := check.CombinedOutput(); err != nil {
			t.Errorf("docker-compose config: %v\n%s", err, out)
		}
	}
}

// Prometheus reads its files, and every alert asks for a metric that there is.
func TestAlertsAskForMetricsThatExist(t *testing.T) {
	t.Parallel()
	var rules struct {
		Groups []struct {
			Rules []struct{ Alert, Expr string }
		}
	}
	if err := yaml.Unmarshal([]byte(text(t, "deploy/prometheus/alerts.yml")), &rules); err != nil {
		t.Fatal(err)
	}
	var scrape struct {
		Configs []struct {
			Name string `yaml:"job_name"`
		} `yaml:"scrape_configs"`
		Rules []string `yaml:"rule_files"`
	}
	if err := yaml.Unmarshal([]byte(text(t, "deploy/prometheus/prometheus.yml")), &scrape); err != nil {
		t.Fatal(err)
	}
	same(t, "the job that alerts name", scrape.Configs[0].Name, "ringtide")
	same(t, "the file of the alerts", scrape.Rules[0], "alerts.yml")
	known, asked := text(t, "docs/operations.md"), 0
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			for _, metric := range regexp.MustCompile(`ringtide_\w+`).FindAllString(r.Expr, -1) {
				if asked++; !regexp.MustCompile("`" + metric + "[`{]").MatchString(known) {
					t.Errorf("%s asks for %s, which docs/operations.md does not name", r.Alert, metric)
				}
			}
		}
	}
	if asked < 10 {
		t.Errorf("only %d metrics in all alerts", asked)
	}
}
