// Package fakenet is an in-memory packet and stream network for tests: seeded loss, duplication, delay and reordering, a
// tap and a filter. It works inside testing/synctest (everything blocks on channels and condition variables, time is the
// bubble's) and imports nothing of ours. It belongs to tests only.
//
//	Network --ListenPacket--> Conn       net.PacketConn, and the AddrPort methods of *net.UDPConn
//	        --Listen/Dial---> stream     net.Listener and net.Conn with deadlines
package fakenet
