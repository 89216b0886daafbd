package config

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"ringtide/media"
)

var codecNames = []string{"pcmu", "pcma", "g722", "opus"}

// media checks the section media.
func (c *checker) media() media.Config {
	m := c.file.Media
	lowest, highest := c.ports()
	if len(m.Codecs) == 0 {
		c.errorf("media.codecs", "needs at least one codec: pcmu or pcma")
	}
	first := map[string]bool{}
	for i, codec := range m.Codecs {
		path := fmt.Sprintf("media.codecs[%d]", i)
		if c.oneOf(path, codec, codecNames...); first[codec] {
			c.errorf(path, "%q is listed twice", codec)
		}
		first[codec] = true
	}
	if len(m.Codecs) > 0 && !first["pcmu"] && !first["pcma"] {
		c.errorf("media.codecs", "needs pcmu or pcma: this version speaks no other codec yet")
	}
	c.zeroOr("media.rtp_timeout", m.RTPTimeout, second, 24*hour)
	return media.Config{
		MinPort: lowest, MaxPort: highest,
		Codecs:     m.Codecs,
		RTPTimeout: time.Duration(m.RTPTimeout),
		Music:      c.music(),
	}
}

var portsSyntax = regexp.MustCompile(`^([0-9]{1,5})-([0-9]{1,5})$`)

func (c *checker) ports() (lowest, highest int) {
	m := portsSyntax.FindStringSubmatch(c.file.Media.Ports)
	if m == nil {
		c.errorf("media.ports", "%q is no range of ports: write it like 20000-29999", c.file.Media.Ports)
		return 0, 0
	}
	lowest, _ = strconv.Atoi(m[1])
	highest, _ = strconv.Atoi(m[2])
	if lowest < 1024 || highest > 65535 || highest-lowest < 3 {
		c.errorf("media.ports", "must lie in 1024-65535 and have at least 4 ports: each call takes 4")
	}
	for i, text := range c.file.SIP.Listen {
		l, err := parseListen(text)
		if port := int(l.Addr.Port()); err == nil && l.Transport == "udp" && lowest <= port && port <= highest {
			c.warnf(fmt.Sprintf("sip.listen[%d]", i), "port %d lies in media.ports and is lost to calls", port)
		}
	}
	return lowest, highest
}

// music resolves the paths. What cannot be played is told by the media engine, which has to read it anyway.
func (c *checker) music() map[string]string {
	music := map[string]string{"default": "builtin"}
	for name, source := range sorted(c.file.Media.Music) {
		path := join("media.music", name)
		switch {
		case name == "silence" || name == "ringback":
			c.errorf(path, "%s always exists and cannot be changed", name)
		case !nameSyntax.MatchString(name):
			c.errorf(path, "%q is no name: 1 to 64 of A-Z a-z 0-9 . _ -", name)
		case source == "":
			c.errorf(path, "needs builtin, or a WAV or MP3 file, or a folder of them")
		case source == "builtin":
			music[name] = source
		default:
			music[name] = c.resolve(source)
			c.audio(path, music[name], true)
		}
	}
	return music
}

// audioFile checks one file to be played. "" is none.
func (c *checker) audioFile(path, file string) {
	if file != "" {
		c.audio(path, c.resolve(file), false)
	}
}

// audio checks that a file, or a folder if that is possible, is there and can be read.
func (c *checker) audio(path, file string, folder bool) {
	info, err := os.Stat(file)
	if err == nil && info.IsDir() && folder {
		if _, err := os.ReadDir(file); err != nil {
			c.errorf(path, "read the folder: %v", err)
		}
		return
	}
	f, err := openRegular(file)
	if err != nil {
		c.errorf(path, "%v", err)
		return
	}
	f.Close()
	if !isAudio(file, ".wav") && !isAudio(file, ".mp3") {
		c.errorf(path, "%s is neither a .wav nor a .mp3 file", file)
	}
}

func isAudio(file, ending string) bool { return strings.HasSuffix(strings.ToLower(file), ending) }
