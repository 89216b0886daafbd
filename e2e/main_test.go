package e2e

import (
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
)

// Set once by TestMain.
var (
	ringtide string // the built program
	sippPath string // "" if SIPp is not installed
	network  string // 127.x: the loopback network of this run
	subnets  atomic.Int32
)

// program is what is tested; "" builds it, with the race detector if the tests have it.
var program = flag.String("program", "", "test this `FILE` instead of building the program")

// together is how many tests run at once: they wait most of the time.
const together = "6"

func TestMain(m *testing.M) {
	flag.Parse()
	if testing.Short() {
		fmt.Println("end-to-end tests skipped: -short")
		return
	}
	if !given("test.parallel") {
		if err := flag.Set("test.parallel", together); err != nil {
			log.Fatal(err)
		}
	}
	os.Exit(prepared(m))
}

func given(name string) (yes bool) {
	flag.Visit(func(f *flag.Flag) { yes = yes || f.Name == name })
	return yes
}

// prepared builds the program and takes a network, runs the tests and gives both back.
func prepared(m *testing.M) int {
	release, err := takeNetwork()
	if err != nil {
		log.Println(err)
		return 1
	}
	defer release()
	folder, err := os.MkdirTemp("", "ringtide-e2e")
	if err != nil {
		log.Println(err)
		return 1
	}
	defer os.RemoveAll(folder)
	if err := build(folder); err != nil {
		log.Println(err)
		return 1
	}
	sippPath, _ = exec.LookPath("sipp")
	return m.Run()
}

// build makes the program, or takes the one that is given.
func build(folder string) error {
	if ringtide = *program; ringtide != "" {
		return nil
	}
	ringtide = filepath.Join(folder, "ringtide")
	args := []string{"build", "-o", ringtide}
	if raceEnabled {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, "ringtide/cmd/ringtide")...).CombinedOutput(); err != nil {
		return fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return nil
}

// takeNetwork finds a loopback /16 that no other run uses and holds it by a listener. Its addresses exist without any
// set-up on Linux.
func takeNetwork() (release func(), err error) {
	for octet := 20; octet < 200; octet++ {
		network = fmt.Sprintf("127.%d", octet)
		var held net.Listener
		if held, err = net.Listen("tcp", network+".255.1:5999"); err == nil {
			return func() { held.Close() }, nil
		}
	}
	return nil, fmt.Errorf("find a free loopback network: %w", err)
}

// subnet is a loopback /24 for one test: "127.x.N".
func subnet() string { return fmt.Sprintf("%s.%d", network, subnets.Add(1)) }
