package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a program that we started.
type process struct {
	cmd  *exec.Cmd
	log  string // file with what it wrote
	done chan struct{}
	err  error // how it ended; read after done
	// metrics is where it tells what it has allocated.
	metrics string
}

// start starts a program whose diagnostics go to a file, as they would under a
// supervisor.
func start(ctx context.Context, log string, env []string, name string, args ...string) (*process, error) {
	f, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600) //nolint:gosec // in the directory of this run
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	p := &process{cmd: exec.CommandContext(ctx, name, args...), log: log, done: make(chan struct{})} //nolint:gosec // programs that we built
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.Stdout, p.cmd.Stderr = f, f
	p.cmd.Env = append(environment(), env...)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// environment is ours without what would configure the program.
func environment() []string {
	var env []string
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "CLAVIGER_") {
			env = append(env, e)
		}
	}
	return env
}

func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(15 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// waitFor asks an address until it answers 200.
func (p *process) waitFor(ctx context.Context, address string) error {
	for range 15000 {
		select {
		case <-p.done:
			text, _ := os.ReadFile(p.log)
			return fmt.Errorf("%s ended: %w\n%s", p.cmd.Path, p.err, text)
		case <-ctx.Done():
			return ctx.Err()
		default:
		}
		if status, _ := fetch(ctx, address, io.Discard); status == http.StatusOK {
			return nil
		}
		time.Sleep(2 * time.Millisecond)
	}
	return fmt.Errorf("%s is not ready at %s", p.cmd.Path, address)
}

func fetch(ctx context.Context, address string, into io.Writer) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(into, res.Body)
	return res.StatusCode, errors.Join(err, res.Body.Close())
}

// cost is what a process has used.
type cost struct {
	cpu           time.Duration
	allocs, bytes float64
}

func (a cost) since(b cost, n int) cost {
	if n == 0 {
		return cost{}
	}
	return cost{cpu: (a.cpu - b.cpu) / time.Duration(n), allocs: (a.allocs - b.allocs) / float64(n), bytes: (a.bytes - b.bytes) / float64(n)}
}

// ticks is the unit of /proc/PID/stat, on every Linux that Go runs on.
const ticks = 100

// stat returns the fields of /proc/PID/stat after the name, which stands in
// parentheses and may hold anything: the second is the parent, the twelfth and
// thirteenth are utime and stime.
func stat(pid string) ([]string, error) {
	text, err := os.ReadFile("/proc/" + pid + "/stat") //nolint:gosec // the kernel's own file
	if err != nil {
		return nil, err
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 13 {
		return nil, errors.New("/proc/PID/stat is not what it was")
	}
	return fields, nil
}

// family is the process and the one that computes its hashes, if there is one.
func (p *process) family() []string {
	self := strconv.Itoa(p.cmd.Process.Pid)
	all := []string{self}
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		if fields, err := stat(e.Name()); err == nil && fields[1] == self {
			all = append(all, e.Name())
		}
	}
	return all
}

// cost reads what the process has used up to now: CPU time from the kernel,
// with that of the process that computes its hashes; allocations from its own
// metrics.
func (p *process) cost(ctx context.Context) (cost, error) {
	var c cost
	for _, pid := range p.family() {
		fields, err := stat(pid)
		if err != nil {
			return c, err
		}
		user, _ := strconv.ParseInt(fields[11], 10, 64)
		system, _ := strconv.ParseInt(fields[12], 10, 64)
		c.cpu += time.Duration(user+system) * time.Second / ticks
	}
	var page bytes.Buffer
	if _, err := fetch(ctx, p.metrics, &page); err != nil {
		return c, err
	}
	for lines := bufio.NewScanner(&page); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		switch name {
		case "go_memstats_mallocs_total":
			c.allocs, _ = strconv.ParseFloat(value, 64)
		case "go_memstats_alloc_bytes_total":
			c.bytes, _ = strconv.ParseFloat(value, 64)
		}
	}
	return c, nil
}

// resident is how much memory the process has, in MiB, with the one that
// computes its hashes: now, and at most ever.
func (p *process) resident() (now, peak float64) {
	for _, pid := range p.family() {
		text, _ := os.ReadFile("/proc/" + pid + "/status") //nolint:gosec // the kernel's own file
		for line := range strings.Lines(string(text)) {
			name, value, _ := strings.Cut(line, ":")
			kib, _ := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
			switch name {
			case "VmRSS":
				now += kib / 1024
			case "VmHWM":
				peak += kib / 1024
			}
		}
	}
	return now, peak
}

// freeAddress is a loopback address with a port that nobody used a moment ago.
func freeAddress(ctx context.Context) (string, error) {
	var open net.ListenConfig
	l, err := open.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
