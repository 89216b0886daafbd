// Package app builds the program from its packages, runs it and takes it down again.
//
//	New: store > voicemail > media > exchange > phones > web      Close: the same backwards
//	Run: listen > "ready" > until ctx ends > drain
package app
