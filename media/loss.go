package media

// lossMeter counts gaps in the peer's sequence numbers. Packets that come late fill their gap again.
type lossMeter struct {
	started bool
	ssrc    uint32
	seq     uint16 // the newest
}

// loss is how many packets were found missing by this one; negative: one of those came late.
func (m *lossMeter) loss(ssrc uint32, seq uint16) int64 {
	ahead := int16(seq - m.seq)
	if !m.started || ssrc != m.ssrc || ahead > maxSeqJump || ahead < -maxSeqJump {
		m.started, m.ssrc, m.seq = true, ssrc, seq
		return 0
	}
	switch {
	case ahead > 0:
		m.seq = seq
		return int64(ahead) - 1
	case ahead < 0:
		return -1
	}
	return 0
}
