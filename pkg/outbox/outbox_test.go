package outbox_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/outbox"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlite"
	"github.com/claviger-id/claviger/storage/teststores"
)

var begun = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// The process that is killed finds here where it works, what time it is, and after
// how many parcels it ends.
const (
	childDir   = "CLAVIGER_TEST_OUTBOX_DIR"
	childNow   = "CLAVIGER_TEST_OUTBOX_NOW"
	childAfter = "CLAVIGER_TEST_OUTBOX_AFTER"
)

// parcels is more than a worker takes at once.
const parcels = 40

func TestMain(m *testing.M) {
	if os.Getenv(childDir) == "" {
		os.Exit(m.Run())
	}
	if err := deliverAndDie(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// carried is a carrier whose recipients keep a list.
type carried struct {
	list  *os.File
	after int32 // dies of SIGKILL with the parcel of this number in the recipient's hands
	n     atomic.Int32
}

func (c *carried) Deliver(_ context.Context, p outbox.Opened) outbox.Outcome {
	var body string
	if err := json.Unmarshal(p.Body, &body); err != nil {
		return outbox.Outcome{State: storage.ParcelPending, Answer: err.Error()}
	}
	if _, err := fmt.Fprintln(c.list, p.To, body); err != nil {
		return outbox.Outcome{State: storage.ParcelPending, Answer: err.Error()}
	}
	if c.n.Add(1) == c.after {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
	return outbox.Outcome{State: storage.ParcelSent}
}

func (c *carried) Settled(context.Context, storage.Tx, outbox.Opened) error { return nil }

func openIn(ctx context.Context, dir string, now func() time.Time) (storage.Store, *secret.Keyring, error) {
	text, err := os.ReadFile(filepath.Join(dir, "root"))
	if err != nil {
		return nil, nil, err
	}
	root, err := secret.ParseRoot(string(text))
	if err != nil {
		return nil, nil, err
	}
	wrapped, err := os.ReadFile(filepath.Join(dir, "keyring"))
	if err != nil {
		return nil, nil, err
	}
	keys, err := root.OpenKeyring(wrapped)
	if err != nil {
		return nil, nil, err
	}
	store, err := sqlite.Open(ctx, sqlite.Options{
		Path: filepath.Join(dir, "d.db"), Key: root.FileKey("d.db"), Now: now, Log: slog.New(slog.DiscardHandler), Migrate: true,
	})
	return store, keys, err
}

func worker(store storage.Store, keys *secret.Keyring, now func() time.Time, c outbox.Carrier) *outbox.Worker {
	return &outbox.Worker{
		Box: outbox.Box{Keys: keys}, Store: store, Carriers: map[string]outbox.Carrier{"test": c}, Now: now, Log: slog.New(slog.DiscardHandler),
	}
}

func deliverAndDie() error {
	ctx := context.Background()
	dir := os.Getenv(childDir)
	at, err := time.Parse(time.RFC3339, os.Getenv(childNow))
	if err != nil {
		return err
	}
	after, err := strconv.ParseInt(os.Getenv(childAfter), 10, 32)
	if err != nil {
		return err
	}
	now := func() time.Time { return at }
	store, keys, err := openIn(ctx, dir, now)
	if err != nil {
		return err
	}
	list, err := os.OpenFile(filepath.Join(dir, "list"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := worker(store, keys, now, &carried{list: list, after: int32(after)}).Deliver(ctx); err != nil {
		return err
	}
	return store.Close()
}

// TestKilledWhileDelivering kills the process that delivers, again and again, while
// a recipient has just taken a parcel over and nobody has noted it yet: everything
// arrives, each with what belongs to it, and only what was on the way arrives twice.
func TestKilledWhileDelivering(t *testing.T) {
	dir := t.TempDir()
	root := secret.NewRoot()
	_, wrapped, err := root.NewKeyring()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"root": []byte(root.Text()), "keyring": wrapped} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	at := begun
	store, keys, err := openIn(t.Context(), dir, func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Tx(t.Context(), func(tx storage.Tx) error {
		for i := range parcels {
			if err := (outbox.Box{Keys: keys}).Put(t.Context(), tx, outbox.Letter{
				Carrier: "test", Kind: "k", To: fmt.Sprint("to-", i), Body: fmt.Sprint("secret-", i), ValidFor: time.Hour,
			}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}

	kills := []int{1, 3, 10, 20, 0} // 0: lives
	for _, after := range kills {
		child := exec.CommandContext(t.Context(), os.Args[0])
		child.Env = append(os.Environ(), childDir+"="+dir, childNow+"="+at.Format(time.RFC3339), childAfter+"="+strconv.Itoa(after))
		text, err := child.CombinedOutput()
		if died := child.ProcessState.String() == "signal: killed"; died != (after > 0) || !died && err != nil {
			t.Fatalf("killed after %d: %v\n%s", after, err, text)
		}
		at = at.Add(3 * time.Minute) // the lease of who died has run out
	}

	list, err := os.Open(filepath.Join(dir, "list"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = list.Close() }()
	times := map[string]int{}
	all := 0
	for lines := bufio.NewScanner(list); lines.Scan(); all++ {
		to, body, _ := strings.Cut(lines.Text(), " ")
		times[to]++
		if "secret-"+strings.TrimPrefix(to, "to-") != body {
			t.Errorf("%s got %q", to, body)
		}
	}
	if len(times) != parcels {
		t.Errorf("%d of %d arrived", len(times), parcels)
	}
	// Four are on the way at once.
	if most := parcels + 4*(len(kills)-1); all > most {
		t.Errorf("%d deliveries of %d parcels, want at most %d", all, parcels, most)
	}

	if store, _, err = openIn(t.Context(), dir, func() time.Time { return at }); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	for _, p := range listed(t, store) {
		if p.State != storage.ParcelSent || len(p.Content) != 0 {
			t.Errorf("%s is %s, with %d bytes of content", p.ID, p.State, len(p.Content))
		}
	}
}

func listed(t *testing.T, store storage.Store) []storage.Parcel {
	t.Helper()
	var all []storage.Parcel
	if err := store.View(t.Context(), func(tx storage.Tx) (err error) {
		all, err = tx.Outbox().List(t.Context(), storage.ParcelFilter{Carrier: "test"}, "", 1000)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// answers is a carrier that says what it is told to.
type answers struct {
	mu      sync.Mutex
	outcome outbox.Outcome
	tries   int
	settled []storage.ParcelState
}

func (a *answers) Deliver(context.Context, outbox.Opened) outbox.Outcome {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tries++
	return a.outcome
}

func (a *answers) Settled(_ context.Context, _ storage.Tx, p outbox.Opened) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.settled = append(a.settled, p.State)
	return nil
}

type world struct {
	t       *testing.T
	now     time.Time
	store   storage.Store
	carrier *answers
	*outbox.Worker
}

func newWorld(t *testing.T, stores func(testing.TB, func() time.Time) (storage.Store, storage.Ephemeral)) *world {
	t.Helper()
	w := &world{t: t, now: begun, carrier: &answers{}}
	clock := func() time.Time { return w.now }
	w.store, _ = stores(t, clock)
	keys, _, err := secret.NewRoot().NewKeyring()
	if err != nil {
		t.Fatal(err)
	}
	w.Worker = worker(w.store, keys, clock, w.carrier)
	return w
}

func (w *world) put(l outbox.Letter) {
	w.t.Helper()
	l.Carrier, l.Kind, l.Body = "test", "k", "b"
	if err := w.store.Tx(w.t.Context(), func(tx storage.Tx) error { return w.Put(w.t.Context(), tx, l) }); err != nil {
		w.t.Fatal(err)
	}
}

// tried delivers what is due and returns how many tries that were.
func (w *world) tried() int {
	w.t.Helper()
	before := w.carrier.tries
	if err := w.Deliver(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	return w.carrier.tries - before
}

func onBoth(t *testing.T, test func(*testing.T, *world)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) { test(t, newWorld(t, teststores.Embedded)) })
	t.Run("postgres+redis", func(t *testing.T) { test(t, newWorld(t, teststores.Servers)) })
}

// Tries come after 10 s, 20 s, 40 s … and at most half an hour, until it is too late.
func TestTries(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.carrier.outcome = outbox.Outcome{State: storage.ParcelPending, Status: 451, Answer: "come back"}
		w.put(outbox.Letter{To: "a", ValidFor: 2 * time.Hour})
		waits := []time.Duration{0, 10, 20, 40, 80, 160, 320, 640, 1280, 1800}
		for i, wait := range waits {
			if wait > 0 {
				w.now = w.now.Add(wait*time.Second - time.Second)
				if n := w.tried(); n != 0 {
					t.Fatalf("try %d came a second early", i)
				}
				w.now = w.now.Add(time.Second)
			}
			if n := w.tried(); n != 1 {
				t.Fatalf("%d tries at number %d", n, i)
			}
		}
		p := listed(t, w.store)[0]
		if p.State != storage.ParcelPending || p.Attempts != int64(len(waits)) || p.LastStatus != 451 || p.LastAnswer != "come back" || len(p.Content) == 0 {
			t.Errorf("%+v", p)
		}
		w.now = w.now.Add(30 * time.Minute)
		w.tried()
		w.now = w.now.Add(30 * time.Minute)
		if n := w.tried(); n != 0 {
			t.Errorf("%d tries after it was too late", n)
		}
		p = listed(t, w.store)[0]
		if p.State != storage.ParcelGaveUp || len(p.Content) != 0 || len(w.carrier.settled) != 1 {
			t.Errorf("%+v, settled %v", p, w.carrier.settled)
		}
	})
}

func TestWhatIsSettledIsNotTriedAgain(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		for _, state := range []storage.ParcelState{storage.ParcelSent, storage.ParcelBounced} {
			w.carrier.outcome = outbox.Outcome{State: state, Status: 550}
			w.put(outbox.Letter{To: "a", ValidFor: time.Hour})
			if n := w.tried(); n != 1 {
				t.Fatalf("%d tries", n)
			}
			w.now = w.now.Add(10 * time.Minute)
			if n := w.tried(); n != 0 {
				t.Errorf("%s: tried again", state)
			}
			if p := listed(t, w.store)[0]; p.State != state || len(p.Content) != 0 || p.SettledAt.IsZero() {
				t.Errorf("%+v", p)
			}
		}
	})
}

// Ten an hour leave to one address; more of them wait, and nobody else does.
func TestManyToOneAddress(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.carrier.outcome = outbox.Outcome{State: storage.ParcelSent}
		for range 12 {
			w.put(outbox.Letter{To: "a", ValidFor: 24 * time.Hour, Counted: true})
		}
		w.put(outbox.Letter{To: "b", ValidFor: 24 * time.Hour, Counted: true})
		if n := w.tried(); n != 11 {
			t.Errorf("%d left at once, want ten and the one to another address", n)
		}
		w.now = w.now.Add(6*time.Minute - time.Second)
		if n := w.tried(); n != 0 {
			t.Errorf("%d left too early", n)
		}
		w.now = w.now.Add(7 * time.Minute)
		if n := w.tried(); n != 2 {
			t.Errorf("%d left later, want 2", n)
		}
	})
}
