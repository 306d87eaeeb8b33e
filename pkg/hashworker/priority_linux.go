package hashworker

import (
	"errors"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

const (
	// niceness is that of the process, 19 being the lowest priority: of a core that
	// both want all the time, the server has thirty parts for each of the
	// process (sched(7): each step is a quarter). It is not lower, because people
	// must be able to sign in to a server that is busy.
	niceness = 15
	// turn is how long a thread keeps a core before others are looked at, in
	// nanoseconds: the least there is. Before Linux 6.12 it is ignored.
	turn = 100_000
)

// LowerPriority makes way for others: with its priority, and when the machine
// runs out of memory, by being what is ended first.
func LowerPriority() error {
	return errors.Join(schedule(unix.SchedAttr{Policy: unix.SCHED_NORMAL, Nice: niceness, Runtime: turn}), os.WriteFile("/proc/self/oom_score_adj", []byte("500"), 0))
}

// TakeShortTurns is for the server: it asks for a core more often and for less
// time. When a thread of it offers the core to others, which the runtime's locks do,
// it has given away that much and not three milliseconds (since Linux 6.18,
// sched_yield(2) takes what is left of a turn and one more).
//
// A server that was started as a real-time process needs none, and stays what it is.
func TakeShortTurns() (realtime bool, err error) {
	now, err := unix.SchedGetAttr(0, 0)
	if err != nil {
		return false, err
	}
	if now.Policy == unix.SCHED_RR || now.Policy == unix.SCHED_FIFO {
		return true, nil
	}
	return false, schedule(unix.SchedAttr{Policy: unix.SCHED_NORMAL, Nice: now.Nice, Runtime: turn})
}

// schedule gives all threads of this process a class and what goes with it. On
// Linux they are a thread's, and a new thread has those of the one that starts it.
func schedule(attr unix.SchedAttr) error {
	attr.Size = unix.SizeofSchedAttr
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, t := range threads {
		id, err := strconv.Atoi(t.Name())
		if err != nil {
			return err
		}
		// sched_setattr(2).
		if err := unix.SchedSetAttr(id, &attr, 0); err != nil && !errors.Is(err, unix.ESRCH) {
			return err
		}
	}
	return nil
}
