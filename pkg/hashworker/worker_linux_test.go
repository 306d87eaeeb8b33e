package hashworker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/hashworker"
	"github.com/claviger-id/claviger/pkg/password"
)

// serving makes of this test a process that computes.
const serving = "CLAVIGER_TEST_HASHWORKER"

// raising makes of it one that tells its priority.
const raising = "CLAVIGER_TEST_RAISING"

func TestMain(m *testing.M) {
	if os.Getenv(raising) != "" {
		if err := raise(os.Stdout); err != nil {
			panic(err)
		}
		return
	}
	if os.Getenv(serving) == "" {
		os.Exit(m.Run())
	}
	if err := errors.Join(hashworker.LowerPriority(), hashworker.Serve(os.Stdin, os.Stdout)); err != nil {
		panic(err)
	}
}

var (
	cheap = password.Params{MemoryKiB: 19 << 10, Iterations: 2, Parallelism: 1}
	// dear takes long enough to be interrupted.
	dear = password.Params{MemoryKiB: 256 << 10, Iterations: 16, Parallelism: 1}
)

// rig is a hasher whose hashes are computed in a process.
type rig struct {
	hasher *password.Hasher
	log    *buffer

	pids string // a file with a line for each process that was started
}

type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func newRig(t *testing.T, p password.Params, idle time.Duration) *rig {
	t.Helper()
	h, err := password.NewHasher(p, 512, 2)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{hasher: h, log: &buffer{}, pids: filepath.Join(t.TempDir(), "pids")}
	w := &hashworker.Worker{
		Idle: idle, Longest: time.Minute, Log: slog.New(slog.NewTextHandler(r.log, nil)),
		Command: func() (*exec.Cmd, error) {
			c := exec.Command("/bin/sh", "-c", `echo $$ >>"$1"; exec "$0"`, os.Args[0], r.pids)
			c.Env = append(os.Environ(), serving+"=1")
			return c, nil
		},
	}
	h.Elsewhere = w
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = w.Run(ctx) })
	t.Cleanup(func() { stop(); running.Wait() })
	return r
}

// processes are those that were started.
func (r *rig) processes(t *testing.T) []int {
	t.Helper()
	text, err := os.ReadFile(r.pids)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	var all []int
	for _, line := range strings.Fields(string(text)) {
		pid, err := strconv.Atoi(line)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, pid)
	}
	return all
}

func TestHashesOfTheProcessAreHashes(t *testing.T) {
	r := newRig(t, cheap, time.Minute)
	here, err := password.NewHasher(cheap, 64, 2)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 3 { // two compute, and one waits
		all.Go(func() {
			text := fmt.Sprintf("ünïcode and %d", i)
			stored, err := r.hasher.Hash(t.Context(), text)
			if err != nil {
				t.Error(err)
				return
			}
			for try, want := range map[string]bool{text: true, text + "x": false} {
				if match, rehash, err := here.Verify(t.Context(), stored, try); match != want || rehash || err != nil {
					t.Errorf("verified here, %q: %v %v %v", try, match, rehash, err)
				}
				if match, rehash, err := r.hasher.Verify(t.Context(), stored, try); match != want || rehash || err != nil {
					t.Errorf("verified there, %q: %v %v %v", try, match, rehash, err)
				}
			}
		})
	}
	all.Wait()
	if n := len(r.processes(t)); n != 1 {
		t.Errorf("%d processes were started", n)
	}
	if err := r.hasher.VerifyNothing(t.Context(), "x"); err != nil {
		t.Error(err)
	}
	if r.log.String() != "" {
		t.Errorf("logged: %s", r.log)
	}
}

// computing waits until a process computes, and returns its number.
func (r *rig) computing(t *testing.T) int {
	t.Helper()
	for range 1000 {
		if all := r.processes(t); len(all) > 0 {
			// The last thing that it does before it computes.
			score, _ := os.ReadFile(fmt.Sprintf("/proc/%d/oom_score_adj", all[len(all)-1]))
			if strings.TrimSpace(string(score)) == "500" {
				time.Sleep(50 * time.Millisecond)
				return all[len(all)-1]
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("no process lowers its priority and computes")
	return 0
}

func TestProcessThatDies(t *testing.T) {
	r := newRig(t, dear, time.Minute)
	outcome := make(chan error)
	go func() {
		outcome <- r.hasher.VerifyNothing(t.Context(), "hunter2hunter2hunter2")
	}()
	if err := syscall.Kill(r.computing(t), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := <-outcome; !errors.Is(err, password.ErrBusy) {
		t.Errorf("whose process died: %v, want to be told to come back", err)
	}
	if err := r.hasher.VerifyNothing(t.Context(), "x"); err != nil {
		t.Errorf("the next: %v", err)
	}
	if len(r.processes(t)) != 2 {
		t.Errorf("%d processes were started", len(r.processes(t)))
	}
	if text := r.log.String(); !strings.Contains(text, "died") || strings.Contains(text, "hunter2") {
		t.Errorf("logged: %q", text)
	}
}

func TestProcessThatIsStuck(t *testing.T) {
	r := newRig(t, dear, time.Minute)
	r.hasher.Elsewhere.(*hashworker.Worker).Longest = 500 * time.Millisecond
	outcome := make(chan error)
	go func() { outcome <- r.hasher.VerifyNothing(t.Context(), "x") }()
	if err := syscall.Kill(r.computing(t), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := <-outcome; !errors.Is(err, password.ErrBusy) {
		t.Errorf("%v, want to be told to come back", err)
	}
	for n := 0; r.hasher.Stats().Running != 0; n++ {
		if n == 1000 {
			t.Fatal("its place is still taken")
		}
		time.Sleep(time.Millisecond)
	}
}

func TestProcessGoesWhenThereIsNothingToDo(t *testing.T) {
	r := newRig(t, cheap, 50*time.Millisecond)
	for range 3 {
		if err := r.hasher.VerifyNothing(t.Context(), "x"); err != nil {
			t.Fatal(err)
		}
	}
	all := r.processes(t)
	for n := 0; syscall.Kill(all[len(all)-1], 0) == nil; n++ {
		if n == 1000 {
			t.Fatal("it stays")
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := r.hasher.VerifyNothing(t.Context(), "x"); err != nil {
		t.Errorf("after it has gone: %v", err)
	}
	if r.log.String() != "" {
		t.Errorf("logged: %s", r.log)
	}
}

func TestWithoutAProcess(t *testing.T) {
	h, err := password.NewHasher(cheap, 64, 2)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	h.Elsewhere = &hashworker.Worker{
		Idle: time.Minute, Longest: time.Minute, Log: slog.New(slog.NewTextHandler(&log, nil)),
		Command: func() (*exec.Cmd, error) { return exec.Command(filepath.Join(t.TempDir(), "none")), nil },
	}
	for range 2 {
		stored, err := h.Hash(t.Context(), "a long password")
		if err != nil {
			t.Fatal(err)
		}
		if match, _, err := h.Verify(t.Context(), stored, "a long password"); !match || err != nil {
			t.Errorf("%v %v", match, err)
		}
	}
	if n := strings.Count(log.String(), "computed by the server itself"); n != 1 {
		t.Errorf("said %d times: %s", n, log.String())
	}
}

// A program that does not do what it is started for keeps nobody out.
func TestAProcessThatGivesUp(t *testing.T) {
	h, err := password.NewHasher(cheap, 64, 2)
	if err != nil {
		t.Fatal(err)
	}
	h.Elsewhere = &hashworker.Worker{
		Idle: time.Minute, Longest: time.Minute, Log: slog.New(slog.DiscardHandler),
		Command: func() (*exec.Cmd, error) { return exec.Command("/bin/false"), nil },
	}
	for range 3 {
		if err := h.VerifyNothing(t.Context(), "x"); err != nil {
			t.Errorf("%v", err)
		}
	}
}

// What comes back as an error says what is wrong with the hash.
func TestTaskThatCannotBeComputed(t *testing.T) {
	r := newRig(t, cheap, time.Minute)
	if _, err := r.hasher.Elsewhere.Compute(password.Task{Stored: "$argon2d$x", Text: []byte("x")}); err == nil || errors.Is(err, password.ErrBusy) {
		t.Errorf("%v", err)
	}
	if err := r.hasher.VerifyNothing(t.Context(), "x"); err != nil || len(r.processes(t)) != 1 {
		t.Errorf("the next: %v, %d processes", err, len(r.processes(t)))
	}
}

func TestServeEndsWithItsInput(t *testing.T) {
	for text, fine := range map[string]bool{"": true, "{}\n": true, "nonsense hunter2": false, `{"N":1,"Task":{"Text":"hunter2`: false} {
		var out bytes.Buffer
		err := hashworker.Serve(strings.NewReader(text), &out)
		if (err == nil) != fine {
			t.Errorf("%q: %v", text, err)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") || strings.Contains(out.String(), "hunter2") {
			t.Errorf("%q: shows it: %v %s", text, err, out.String())
		}
	}
}

func TestPriorityIsLow(t *testing.T) {
	r := newRig(t, dear, time.Minute)
	var done sync.WaitGroup
	done.Go(func() { _ = r.hasher.VerifyNothing(t.Context(), "x") })
	pid := r.computing(t)
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil || len(threads) == 0 {
		t.Fatal(threads, err)
	}
	for _, path := range threads {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		_, after, _ := strings.Cut(string(text), ") ")
		if fields := strings.Fields(after); fields[16] != "15" { // proc(5): nice is the nineteenth
			t.Errorf("%s has niceness %s", path, fields[16])
		}
	}
	_ = syscall.Kill(pid, syscall.SIGKILL)
	done.Wait()
}
