package hashworker_test

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
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
	if realtime, err := hashworker.TakeShortTurns(); realtime || err != nil {
		t.Fatal(realtime, err)
	}
	// A new thread has them too.
	a, err := ofNewThread()
	if err != nil {
		t.Fatal(err)
	}
	if a.Nice != before.Nice || a.Policy != before.Policy {
		t.Errorf("niceness %d and policy %d, before %d and %d", a.Nice, a.Policy, before.Nice, before.Policy)
	}
	// Linux tells the length of turns since it can be asked for, which is 6.12.
	if before.Runtime != 0 && a.Runtime != 100_000 {
		t.Errorf("turns of %d ns, before %d", a.Runtime, before.Runtime)
	}
}

// raised is what a process says of its class: what TakeShortTurns answered, the
// class of a new thread, and that of one after LowerPriority.
type raised struct {
	Realtime       bool
	Above, Beneath uint32 // policies of sched(7)
	Niceness       int32
}

// A server that is started as a real-time process stays one; its hashes are
// computed by one that is not.
func TestRealtime(t *testing.T) {
	c := exec.Command("chrt", "--rr", "1", os.Args[0])
	c.Env = append(os.Environ(), raising+"=1")
	want := raised{Realtime: true, Above: unix.SCHED_RR, Beneath: unix.SCHED_NORMAL, Niceness: 15}
	if exec.Command("chrt", "--rr", "1", "true").Run() != nil {
		// Whoever runs the test has no right to start one.
		c = exec.Command(os.Args[0])
		c.Env = append(os.Environ(), raising+"=1")
		want.Realtime, want.Above = false, unix.SCHED_NORMAL
	}
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got raised
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func raise(out io.Writer) error {
	realtime, err := hashworker.TakeShortTurns()
	if err != nil {
		return err
	}
	above, err := ofNewThread()
	if err != nil {
		return err
	}
	if err := hashworker.LowerPriority(); err != nil {
		return err
	}
	beneath, err := ofNewThread()
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(raised{Realtime: realtime, Above: above.Policy, Beneath: beneath.Policy, Niceness: beneath.Nice})
}

func ofNewThread() (attr *unix.SchedAttr, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		attr, err = unix.SchedGetAttr(0, 0)
	}()
	<-done
	return attr, err
}
