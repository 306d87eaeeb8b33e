package hashworker_test

import (
	"runtime"
	"testing"

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
