//go:build !linux

package hashworker

// metronome does nothing but on Linux.
type metronome struct{}

func newMetronome() *metronome { return &metronome{} }

func (*metronome) start() {}
func (*metronome) stop()  {}
