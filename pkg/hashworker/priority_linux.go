package hashworker

import (
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
	// turn is how long the process keeps a core before others are looked at, in
	// nanoseconds: the least there is. It is mostly this that others wait for.
	turn = 100_000
)

// LowerPriority makes way for others: with its priority, and when the machine
// runs out of memory, by being what is ended first.
func LowerPriority() error {
	// On Linux both are a thread's. New threads have those of the thread
	// that starts them.
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, t := range threads {
		id, err := strconv.Atoi(t.Name())
		if err != nil {
			return err
		}
		// sched_setattr(2). Before Linux 6.12 the length of the turn is ignored.
		attr := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_NORMAL, Nice: niceness, Runtime: turn}
		if err := unix.SchedSetAttr(id, &attr, 0); err != nil && err != unix.ESRCH {
			return err
		}
	}
	return os.WriteFile("/proc/self/oom_score_adj", []byte("500"), 0)
}
