package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage/teststores"
)

// lockedBuffer collects what a process writes while a test reads it.
type lockedBuffer struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// process is one of our programs at work.
type process struct {
	t    testing.TB
	name string
	cmd  *exec.Cmd
	log  *lockedBuffer
	done chan struct{} // closed when it has ended
	err  error         // how it ended; read after done

	stopped bool
}

// startProgram starts a program that runs until the test ends. Its log is shown
// when the test fails.
func startProgram(t testing.TB, name string, args ...string) *process {
	t.Helper()
	p := &process{t: t, name: name, log: &lockedBuffer{}, done: make(chan struct{})}
	p.cmd = exec.Command(filepath.Join(programs, name), args...)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	p.cmd.Env = environment()
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		p.stop()
		if t.Failed() {
			t.Logf("---- log of %s ----\n%s", name, p.log)
		}
	})
	return p
}

// environment is ours without what would configure the programs.
func environment() []string {
	var env []string
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "CLAVIGER_") && !strings.HasPrefix(e, "PORTAL_") {
			env = append(env, e)
		}
	}
	return env
}

// stop ends the process as an operator would and checks that it ends well
// within the time in which it promises to drain.
func (p *process) stop() {
	p.t.Helper()
	if p.stopped {
		return
	}
	p.stopped = true
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Errorf("stopping %s: %v", p.name, err)
	}
	select {
	case <-p.done:
		if p.err != nil {
			p.t.Errorf("%s ended with %v\n%s", p.name, p.err, p.log)
		}
	case <-time.After(15 * time.Second):
		p.t.Errorf("%s did not stop within 15 seconds", p.name)
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// kill ends the process as a power cut would.
func (p *process) kill() {
	p.t.Helper()
	p.stopped = true
	if err := p.cmd.Process.Kill(); err != nil {
		p.t.Errorf("killing %s: %v", p.name, err)
	}
	<-p.done
}

// waitFor asks an address until it answers 200.
func (p *process) waitFor(address string) {
	p.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for time.Now().Before(deadline) {
		select {
		case <-p.done:
			p.stopped = true
			p.t.Fatalf("%s ended before it was ready: %v\n%s", p.name, p.err, p.log)
		default:
		}
		res, err := http.Get(address)
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	p.t.Fatalf("%s is not ready at %s after 30 seconds\n%s", p.name, address, p.log)
}

// freeAddress is a loopback address with a port that nobody uses, and that no other
// test is given.
func freeAddress(t testing.TB) string {
	t.Helper()
	return fmt.Sprint("127.0.0.1:", teststores.FreePort(t))
}

func port(address string) string {
	_, p, _ := net.SplitHostPort(address)
	return p
}
