package config

import (
	"fmt"
	"strings"
	"time"

	"ringtide/call"
	"ringtide/store"
	"ringtide/web"
)

// limits checks the section limits. Its source_per_second goes to SIP.
func (c *checker) limits() call.Config {
	l := c.file.Limits
	c.count("limits.calls", l.Calls, 0, maxCount)
	c.count("limits.calls_per_second", l.CallsPerSecond, 0, maxCount)
	c.count("limits.source_per_second", l.SourcePerSecond, 0, maxCount)
	c.between("limits.drain", l.Drain, 0, 24*hour)
	return call.Config{MaxCalls: l.Calls, CallsPerSecond: l.CallsPerSecond, Drain: time.Duration(l.Drain)}
}

// store checks where records live. The folder is made later.
func (c *checker) store() store.Config {
	if c.file.Store.Path == "" {
		c.errorf("store.path", "needs a folder")
	}
	return store.Config{Path: c.resolve(c.file.Store.Path)}
}

func (c *checker) web() web.Config {
	listen := c.file.Web.Listen
	switch {
	case listen == "":
		return web.Config{}
	case !isListen(listen):
		c.errorf("web.listen", "%q is no address to listen on: write it like 127.0.0.1:8080", listen)
	case !webOnLoopback(listen):
		c.warnf("web.listen", "the console is open to others, without TLS: keep it on 127.0.0.1 behind a proxy with TLS")
	}
	for i, text := range c.file.SIP.Listen {
		if transport, address, _ := strings.Cut(text, "://"); transport != "udp" && address == listen {
			c.errorf(fmt.Sprintf("sip.listen[%d]", i), "%q is also web.listen%s", text, c.lineOf("web.listen"))
		}
	}
	return web.Config{Listen: listen}
}
