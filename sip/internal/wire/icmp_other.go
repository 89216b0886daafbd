//go:build !linux

package wire

import "net"

// watchICMP does nothing: elsewhere timers find out who is unreachable.
func watchICMP(*net.UDPConn) {}

func (s *Stack) readICMP(*listener) bool { return false }
