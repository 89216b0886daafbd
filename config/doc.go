// Package config loads the configuration file, finds everything that is wrong with it, and joins the packages' own
// Config structs.
//
// It stands at the start of the program and beside the tide: no package of the call path imports it.
//
//	file --yaml--> nodes --decode--> file struct --check, join--> Config (or Problems)
//	                 |                    ^
//	                 +-- lines (path -> line) for every message
//
// The file struct (file.go) is the one place that knows key names and defaults: a tag for each. The decoder walks the
// YAML nodes itself instead of using the library's, because it has to know path and line of every value, reject unknown
// and duplicate keys and an unquoted 101 where text is meant, and go on after an error. Checks live in one file per
// noun; each both checks its section and builds what the packages want of it.
//
// Features whose keys are known but which this version does not serve are checked all the same and named in
// Config.Inactive.
//
// Sources: docs/configuration.md describes every key; the YAML 1.2 specification; RFC 3261 section 19.1 for URIs,
// RFC 7616 for the stored digest secrets, RFC 9106 for argon2id.
package config
