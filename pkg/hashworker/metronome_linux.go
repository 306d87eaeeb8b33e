package hashworker

import (
	"runtime"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// beat is how often a core that hashes is interrupted: a compromise between
// what a thread of the server waits at most and what the interruptions cost.
const beat = 250 * time.Microsecond

// metronome interrupts every core of this process at each beat while hashes are
// computed. A kernel of the preemption model lazy, as there is since Linux 6.13,
// sends no interrupt to a core when another wakes a thread for it: that thread
// waits for the core's next interrupt, which is the next tick of the clock, up to
// four milliseconds away, however low the priority of what runs meanwhile.
type metronome struct {
	mu    sync.Mutex // guards users and beating
	users int
	// beating ends the beats.
	beating chan struct{}
}

// newMetronome makes room for the threads that beat: each keeps a place of the
// runtime's scheduler while it beats.
func newMetronome() *metronome {
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + len(cores()))
	return &metronome{}
}

// start is called when a hash begins, stop when it ends.
func (m *metronome) start() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.users++; m.users > 1 {
		return
	}
	m.beating = make(chan struct{})
	for _, core := range cores() {
		go m.beat(core, m.beating)
	}
}

func (m *metronome) stop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.users--; m.users == 0 {
		close(m.beating)
	}
}

// beat sleeps on the core again and again until it is told to end.
func (m *metronome) beat(core int, end <-chan struct{}) {
	runtime.LockOSThread() // and never unlocked: the thread ends with its goroutine
	var set unix.CPUSet
	set.Set(core)
	if unix.SchedSetaffinity(0, &set) != nil {
		return
	}
	pause := unix.NsecToTimespec(beat.Nanoseconds())
	for {
		select {
		case <-end:
			return
		default:
			// Raw, so that the runtime does not look for another thread at each
			// beat. That it waits for this one to stop the world is a beat.
			_, _, _ = unix.RawSyscall(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&pause)), 0, 0) //nolint:gosec // pause lives, and the call has no other form
		}
	}
}

// cores returns those that this process may use.
func cores() []int {
	var set unix.CPUSet
	if unix.SchedGetaffinity(0, &set) != nil {
		return nil
	}
	var all []int
	for core := range len(set) * 64 {
		if set.IsSet(core) {
			all = append(all, core)
		}
	}
	return all
}
