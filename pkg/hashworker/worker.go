package hashworker

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os/exec"
	"sync"
	"time"

	"github.com/claviger-id/claviger/pkg/password"
)

// Worker computes hashes in a process that it starts when it needs one. It is
// safe for concurrent use.
type Worker struct {
	// Command makes the command that calls Serve with its standard input and
	// output.
	Command func() (*exec.Cmd, error)
	// Idle is how long the process is kept with nothing to do.
	Idle time.Duration
	// Longest is how long one task may take. A process that takes longer is
	// stuck, and killed: it would keep the places of the hasher for ever.
	Longest time.Duration
	Log     *slog.Logger

	mu      sync.Mutex // guards what follows
	process *process
	closed  bool
	warned  bool
}

var _ password.Computer = (*Worker)(nil)

// process is one that runs.
type process struct {
	command *exec.Cmd
	stdin   io.WriteCloser
	out     *json.Encoder
	last    uint64
	waiting map[uint64]chan response
	idle    *time.Timer
}

// Compute computes a task in the process. Where none can be started it computes
// the task here, more slowly for everybody else: people can still sign in. When
// the process is killed, as by a kernel that needs memory, password.ErrBusy: nothing
// is known of the password then, and the next task gets another process.
func (w *Worker) Compute(t password.Task) (password.Result, error) {
	p, answer, err := w.ask(t)
	if err != nil {
		return t.Compute()
	}
	stuck := time.AfterFunc(w.Longest, func() { _ = p.command.Process.Kill() })
	a := <-answer
	stuck.Stop()
	switch {
	case a.killed:
		return password.Result{}, password.ErrBusy
	case a.gaveUp:
		return t.Compute()
	case a.Error != "":
		return password.Result{}, errors.New(a.Error)
	}
	return a.Result, nil
}

// Run lets the process go when ctx ends. What is asked for later is computed here.
func (w *Worker) Run(ctx context.Context) error {
	<-ctx.Done()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	if w.process != nil {
		w.letGo(w.process)
	}
	return nil
}

// ask sends a task to the process, which it starts if there is none.
func (w *Worker) ask(t password.Task) (*process, <-chan response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil, nil, errors.New("hashworker: closed")
	}
	if w.process == nil {
		if err := w.start(); err != nil {
			if !w.warned {
				w.warned = true
				w.Log.LogAttrs(context.Background(), slog.LevelWarn, "password hashes are computed by the server itself, and slow it down", slog.Any("error", err))
			}
			return nil, nil, err
		}
		w.warned = false
	}
	p := w.process
	p.idle.Stop()
	p.last++
	answer := make(chan response, 1)
	p.waiting[p.last] = answer
	// The pipe holds more than all tasks that the hasher lets run at once, so
	// that this waits for nobody.
	if err := p.out.Encode(request{N: p.last, Task: t}); err != nil {
		_ = p.command.Process.Kill() // it is dying, and the reader of its answers will see it
	}
	return p, answer, nil
}

// start starts a process; mu is held.
func (w *Worker) start() error {
	command, err := w.Command()
	if err != nil {
		return err
	}
	stdin, err := command.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
	}
	p := &process{command: command, stdin: stdin, out: json.NewEncoder(stdin), waiting: map[uint64]chan response{}}
	p.idle = time.AfterFunc(w.Idle, func() { w.retire(p) })
	w.process = p
	go w.listen(p, stdout)
	return nil
}

// listen hands out the answers of a process until it ends.
func (w *Worker) listen(p *process, stdout io.Reader) {
	in := json.NewDecoder(stdout)
	for {
		var a response
		if in.Decode(&a) != nil {
			break
		}
		w.mu.Lock()
		if answer, ok := p.waiting[a.N]; ok {
			delete(p.waiting, a.N)
			answer <- a
		}
		if len(p.waiting) == 0 {
			p.idle.Reset(w.Idle)
		}
		w.mu.Unlock()
	}
	_ = p.command.Process.Kill() // if it closed its output and lives on
	err := p.command.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.process == p { // nobody let it go
		w.Log.LogAttrs(context.Background(), slog.LevelError, "the process that computes password hashes died; the next sign-in starts another", slog.Any("error", err))
	}
	w.letGo(p)
	last := response{killed: !p.command.ProcessState.Exited(), gaveUp: p.command.ProcessState.Exited()}
	for n, answer := range p.waiting {
		delete(p.waiting, n)
		answer <- last
	}
}

// retire lets a process go that has had nothing to do.
func (w *Worker) retire(p *process) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(p.waiting) == 0 {
		w.letGo(p)
	}
}

// letGo tells a process that nothing more comes; mu is held.
func (w *Worker) letGo(p *process) {
	p.idle.Stop()
	_ = p.stdin.Close()
	if w.process == p {
		w.process = nil
	}
}
