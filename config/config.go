package config

import (
	"ringtide/call"
	"ringtide/media"
	"ringtide/queue"
	"ringtide/sip"
	"ringtide/store"
	"ringtide/web"
)

// Config is a whole configuration that was found good. It is not changed after Load.
type Config struct {
	SIP   sip.Config
	Media media.Config
	Queue queue.Rules
	Call  call.Config
	Store store.Config
	Web   web.Config
	Users []User // in the order of the file, as Queue.Users and SIP.Users

	Warnings Problems // in the order of lines
	Files    []string // beside the configuration file, that it was made of: secrets, certificate and key
	Inactive []string // features the file uses which this version does not serve, one line for people each
	Summary  Summary

	file file // for Changed
}

// User is what is known of a person besides how to ring and how to prove who it is.
type User struct {
	Extension string
	Name      string // "": none
	PIN       string // of the mailbox, for VerifyPIN; "": none
	Mobile    string // E.164; "": none
	Email     string // "": none
}

// join checks the whole file and builds what the packages want of it.
func (c *checker) join() *Config {
	c.names = c.collectNames()
	cfg := &Config{
		SIP:   c.sip(),
		Media: c.media(),
		Call:  c.limits(),
		Store: c.store(),
		Web:   c.web(),
		Users: c.users(),
	}
	cfg.SIP.Users = c.registrants()
	cfg.SIP.Trunks = c.trunks()
	cfg.SIP.Voicemail = c.file.Codes.Voicemail
	cfg.Queue = c.rules()
	c.menus()
	c.hours()
	c.numberingSpace()
	cfg.Inactive, cfg.Files = c.inactive(), c.files
	cfg.Summary = summarize(cfg)
	cfg.file = c.file
	return cfg
}
