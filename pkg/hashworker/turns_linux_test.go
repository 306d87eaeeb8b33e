package hashworker_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/claviger-id/claviger/pkg/hashworker"
)

func TestServerTakesShortTurns(t *testing.T) {
	before, err := unix.SchedGetAttr(0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := hashworker.TakeShortTurns(); err != nil {
		t.Fatal(err)
	}
	// A new thread has them too.
	after := make(chan *unix.SchedAttr)
	go func() {
		runtime.LockOSThread()
		a, err := unix.SchedGetAttr(0, 0)
		if err != nil {
			t.Error(err)
		}
		after <- a
	}()
	a := <-after
	if a == nil {
		t.Fatal("nothing is known of the thread")
	}
	if a.Nice != before.Nice || a.Policy != before.Policy {
		t.Errorf("niceness %d and policy %d, before %d and %d", a.Nice, a.Policy, before.Nice, before.Policy)
	}
	// Linux tells the length of turns since it can be asked for, which is 6.12.
	if before.Runtime != 0 && a.Runtime != 100_000 {
		t.Errorf("turns of %d ns, before %d", a.Runtime, before.Runtime)
	}
}

// bound returns the cores to which a thread of the process is bound.
func bound(t *testing.T, pid int) map[int]bool {
	t.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	all := map[int]bool{}
	for _, path := range threads {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		_, list, _ := strings.Cut(string(text), "Cpus_allowed_list:")
		list, _, _ = strings.Cut(strings.TrimSpace(list), "\n")
		if core, err := strconv.Atoi(list); err == nil {
			all[core] = true
		}
	}
	return all
}

// eventually waits until the process has threads bound to so many cores.
func eventually(t *testing.T, pid, cores int) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		got := bound(t, pid)
		if len(got) == cores {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("threads are bound to the cores %v, want %d", got, cores)
		}
	}
}

func TestEveryCoreIsInterruptedWhileHashesAreComputed(t *testing.T) {
	var mine unix.CPUSet
	if err := unix.SchedGetaffinity(0, &mine); err != nil {
		t.Fatal(err)
	}
	if mine.Count() < 2 {
		t.Fatal("on one core a thread that is bound cannot be told from one that is not")
	}
	r := newRig(t, dear, time.Minute)
	var done sync.WaitGroup
	done.Go(func() { _ = r.hasher.VerifyNothing(t.Context(), "x") })
	pid := r.computing(t)
	eventually(t, pid, mine.Count())
	done.Wait()
	eventually(t, pid, 0)
	if err := syscall.Kill(pid, 0); err != nil {
		t.Fatal("the process has ended, so nothing was shown:", err)
	}
}
