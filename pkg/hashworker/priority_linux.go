package hashworker

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// niceness is that of the process, 19 being the lowest priority: on Linux a core
// that both want is the server's for nine parts of ten. It is not lower, because
// people must be able to sign in to a server that is busy.
const niceness = 10

// LowerPriority makes way for others: with its priority, and when the machine
// runs out of memory, by being what is ended first.
func LowerPriority() error {
	// On Linux a niceness is a thread's. New threads have that of the thread
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
		if err := unix.Setpriority(unix.PRIO_PROCESS, id, niceness); err != nil && err != unix.ESRCH {
			return err
		}
	}
	return os.WriteFile("/proc/self/oom_score_adj", []byte("500"), 0)
}
