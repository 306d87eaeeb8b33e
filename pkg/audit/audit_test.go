package audit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/request"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlite"
	"github.com/claviger-id/claviger/storage/teststores"
)

// world is a log in a real store, with its signer.
type world struct {
	path     string
	store    *sqlite.Store
	signer   note.Signer
	verifier note.Verifier
	vkey     string
	now      time.Time
}

var fileKey = bytes.Repeat([]byte{3}, 32)

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{path: filepath.Join(t.TempDir(), "a.db"), now: time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)}
	skey, vkey, err := note.GenerateKey(nil, "claviger/audit/test")
	if err != nil {
		t.Fatal(err)
	}
	w.vkey = vkey
	if w.signer, err = note.NewSigner(skey); err != nil {
		t.Fatal(err)
	}
	if w.verifier, err = note.NewVerifier(vkey); err != nil {
		t.Fatal(err)
	}
	w.open(t)
	t.Cleanup(func() { _ = w.store.Close() })
	return w
}

func (w *world) open(t *testing.T) {
	t.Helper()
	s, err := sqlite.Open(context.Background(), sqlite.Options{
		Path: w.path, Key: fileKey, Migrate: true, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return w.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	w.store = s
}

func (w *world) sequencer() *audit.Sequencer {
	return &audit.Sequencer{Store: w.store, Signer: w.signer, Log: slog.New(slog.DiscardHandler)}
}

func (w *world) record(t *testing.T, n int) {
	t.Helper()
	for i := range n {
		w.now = w.now.Add(time.Millisecond)
		if err := w.store.Tx(t.Context(), func(tx storage.Tx) error {
			return audit.Record(t.Context(), tx, audit.Event{
				Kind: audit.SigninSucceeded, Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "person", ID: "p"}, Subject: "p",
				Detail: map[string]string{"n": fmt.Sprint(i), "html": "<&>"},
			})
		}); err != nil {
			t.Fatal(err)
		}
	}
}

func (w *world) finish(t *testing.T) {
	t.Helper()
	if err := w.sequencer().Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (w *world) verify(t *testing.T, outside ...[]byte) (audit.Report, error) {
	t.Helper()
	return audit.Verify(t.Context(), w.store, w.verifier, outside...)
}

// tamper changes the file as somebody would who has its key.
func (w *world) tamper(t *testing.T, statements ...string) {
	t.Helper()
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := sqlite.OpenFile(t.Context(), sqlite.FileOptions{Path: w.path, Key: fileKey})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Write(t.Context(), func(tx *sqlite.Tx) error {
		for _, s := range statements {
			if n, err := tx.Do(t.Context(), s, nil, nil); err != nil || n == 0 {
				return fmt.Errorf("%s: %d rows, %w", s, n, err)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	w.open(t)
}

func TestSoundLogVerifies(t *testing.T) {
	w := newWorld(t)
	w.record(t, 7)
	w.finish(t)
	w.record(t, 30)
	w.finish(t)
	w.record(t, 2) // not placed yet
	got, err := w.verify(t)
	if err != nil {
		t.Fatal(err)
	}
	if got.Size != 37 || got.Checkpoints != 2 || got.Signed != 37 || got.Pending != 2 {
		t.Errorf("report = %+v", got)
	}
	var bundle bytes.Buffer
	if err := audit.Export(t.Context(), w.store, w.vkey, w.signed(t), &bundle); err != nil {
		t.Fatal(err)
	}
	fromBundle, err := audit.VerifyBundle(bytes.NewReader(bundle.Bytes()), w.verifier)
	if err != nil || fromBundle.Root != got.Root || fromBundle.Size != 37 || !fromBundle.Vouched {
		t.Errorf("bundle: %+v, %v", fromBundle, err)
	}
	if unvouched, err := audit.VerifyBundle(&bundle, nil); err != nil || unvouched.Vouched {
		t.Errorf("bundle with its own key: %+v, %v", unvouched, err)
	}
}

// TestExportEndsWhereItWasSaidTo: what is signed between the look at the size and the
// export is not in it, and it is sound without.
func TestExportEndsWhereItWasSaidTo(t *testing.T) {
	w := newWorld(t)
	if n := w.signed(t); n != 0 {
		t.Errorf("%d entries are signed in an empty log", n)
	}
	w.record(t, 3)
	w.finish(t)
	size := w.signed(t)
	w.record(t, 2)
	w.finish(t)
	var bundle bytes.Buffer
	if err := audit.Export(t.Context(), w.store, w.vkey, size, &bundle); err != nil {
		t.Fatal(err)
	}
	got, err := audit.VerifyBundle(&bundle, w.verifier)
	if err != nil || got.Size != 3 || got.Signed != 3 || got.Checkpoints != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestEventsCarryTheirOrigin(t *testing.T) {
	w := newWorld(t)
	ctx := request.With(t.Context(), request.Info{ID: "r1", Address: netip.MustParseAddr("192.0.2.7")})
	if err := w.store.Tx(ctx, func(tx storage.Tx) error {
		return audit.Record(ctx, tx, audit.Event{Kind: audit.SessionEnded, Outcome: audit.OutcomeAllow, Reason: "idle", Actor: audit.Actor{Type: "system"}, SessionID: "s"})
	}); err != nil {
		t.Fatal(err)
	}
	if err := w.store.View(ctx, func(tx storage.Tx) error {
		events, err := tx.Audit().Pending(ctx, 10)
		if err != nil {
			return err
		}
		want := `"time":"2026-04-01T09:00:00.000000Z","kind":"session.ended","outcome":"allow","reason":"idle","actor":{"type":"system"},"session_id":"s","request_id":"r1","address":"192.0.2.7"}`
		if got := string(events[0].Body); !strings.HasPrefix(got, `{"v":1,"id":"`) || !strings.HasSuffix(got, want) {
			t.Errorf("body = %s", got)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func TestTamperingIsFound(t *testing.T) {
	tests := map[string]struct {
		statements []string
		place      int64
		reason     string
	}{
		"flipped":       {[]string{`UPDATE audit_event SET body = replace(body, '"n":"5"', '"n":"6"') WHERE place = 5`}, 5, "altered"},
		"deleted":       {[]string{`DELETE FROM audit_event WHERE place = 11`}, 11, "missing"},
		"swapped":       {[]string{`UPDATE audit_event SET place = 1000 WHERE place = 3`, `UPDATE audit_event SET place = 3 WHERE place = 4`, `UPDATE audit_event SET place = 4 WHERE place = 1000`}, 3, "exchanged"},
		"column":        {[]string{`UPDATE audit_event SET subject = 'other' WHERE place = 9`}, 9, "columns"},
		"time column":   {[]string{`UPDATE audit_event SET at = at + 1 WHERE place = 9`}, 9, "columns"},
		"hash":          {[]string{`UPDATE audit_hash SET hash = zeroblob(32) WHERE id = 0`}, 0, "altered"},
		"hash gone":     {[]string{`DELETE FROM audit_hash WHERE id = 3`}, 2, "hash is missing"},
		"cut":           {[]string{`DELETE FROM audit_event WHERE place >= 15`, `UPDATE audit_tree SET size = 15`}, 15, "cut"},
		"cut, unsigned": {[]string{`DELETE FROM audit_event WHERE place >= 15`}, 15, "missing"},
		"checkpoint":    {[]string{`UPDATE audit_checkpoint SET note = replace(note, '20', '19') WHERE size = 20`}, 20, "not signed"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.record(t, 20)
			w.finish(t)
			if _, err := w.verify(t); err != nil {
				t.Fatal(err)
			}
			w.tamper(t, test.statements...)
			_, err := w.verify(t)
			var fault *audit.Fault
			if !errors.As(err, &fault) {
				t.Fatalf("error = %v, want a fault", err)
			}
			if fault.Place != test.place || !strings.Contains(fault.Reason, test.reason) {
				t.Errorf("fault = %v, want %q at %d", fault, test.reason, test.place)
			}
		})
	}
}

func TestRollbackAndForkAreFoundByAnOutsideCheckpoint(t *testing.T) {
	w := newWorld(t)
	w.record(t, 10)
	w.finish(t)
	outside := w.latest(t)
	// An older copy of everything, checkpoints included, is consistent in itself.
	old := newWorld(t)
	old.signer, old.verifier = w.signer, w.verifier
	old.record(t, 4)
	old.finish(t)
	if _, err := old.verify(t); err != nil {
		t.Fatal(err)
	}
	var fault *audit.Fault
	if _, err := old.verify(t, outside); !errors.As(err, &fault) || !strings.Contains(fault.Reason, "older copy") {
		t.Errorf("rolled back: %v", err)
	}
	// Another history of the same length.
	fork := newWorld(t)
	fork.signer, fork.verifier = w.signer, w.verifier
	fork.record(t, 12)
	fork.finish(t)
	if _, err := fork.verify(t, outside); !errors.As(err, &fault) || !strings.Contains(fault.Reason, "not those") {
		t.Errorf("forked: %v", err)
	}
	if _, err := w.verify(t, outside); err != nil {
		t.Errorf("the log itself: %v", err)
	}
	if _, err := w.verify(t, []byte("garbage")); err == nil {
		t.Error("a garbled outside checkpoint was ignored")
	}
}

func (w *world) latest(t *testing.T) (msg []byte) {
	t.Helper()
	if err := w.store.View(t.Context(), func(tx storage.Tx) error {
		c, err := tx.Audit().LatestCheckpoint(t.Context())
		msg = c.Note
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return msg
}

func TestNothingIsSignedOverAnAlteredLog(t *testing.T) {
	w := newWorld(t)
	w.record(t, 10)
	w.finish(t)
	w.tamper(t, `UPDATE audit_hash SET hash = zeroblob(32) WHERE id = 0`, `UPDATE audit_hash SET hash = zeroblob(32) WHERE id = 14`)
	w.record(t, 1)
	if err := w.sequencer().Finish(t.Context()); err == nil {
		t.Error("a checkpoint was signed over an altered tree")
	}
}

func TestTamperedBundle(t *testing.T) {
	w := newWorld(t)
	w.record(t, 6)
	w.finish(t)
	var out bytes.Buffer
	if err := audit.Export(t.Context(), w.store, w.vkey, w.signed(t), &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(out.String(), "\n"), "\n")
	for name, change := range map[string]func([]string) string{
		"empty":      func([]string) string { return "" },
		"flipped":    func(l []string) string { return strings.Replace(strings.Join(l, ""), `"n":"3"`, `"n":"4"`, 1) },
		"entry gone": func(l []string) string { return strings.Join(append(l[:4:4], l[5:]...), "") },
		"end gone":   func(l []string) string { return strings.Join(l[:6], "") },
		"header shrunk": func(l []string) string {
			return strings.Replace(strings.Join(l[:len(l)-1], ""), `"size":6`, `"size":5`, 1)
		},
		"entries swapped": func(l []string) string { l[3], l[4] = l[4], l[3]; return strings.Join(l, "") },
		"not JSON":        func(l []string) string { return l[0] + "garbage\n" },
		"endless line":    func(l []string) string { return l[0] + strings.Repeat("x", 2<<20) },
	} {
		text := change(append([]string(nil), lines...))
		if _, err := audit.VerifyBundle(strings.NewReader(text), w.verifier); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	other := newWorld(t)
	if _, err := audit.VerifyBundle(strings.NewReader(out.String()), other.verifier); err == nil {
		t.Error("a bundle signed by another key was accepted")
	}
}

func TestTwoSequencersPlaceEachEventOnce(t *testing.T) {
	w := newWorld(t)
	w.record(t, 50)
	done := make(chan error, 4)
	for range 4 {
		go func() { done <- w.sequencer().Finish(t.Context()) }()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if got, err := w.verify(t); err != nil || got.Size != 50 {
		t.Errorf("%+v, %v", got, err)
	}
}

// overtaken is a store in which somebody else is faster, once, between any two
// statements of a reader of the log.
type overtaken struct {
	storage.Store
	by func()
}

type overtakenTx struct {
	storage.Tx
	o *overtaken
}

type overtakenLog struct {
	storage.AuditLog
	o *overtaken
}

func (o *overtaken) Tx(ctx context.Context, fn func(storage.Tx) error) error {
	return o.Store.Tx(ctx, func(tx storage.Tx) error { return fn(overtakenTx{tx, o}) })
}

func (tx overtakenTx) Audit() storage.AuditLog { return overtakenLog{tx.Tx.Audit(), tx.o} }

func (l overtakenLog) Size(ctx context.Context) (int64, error) {
	n, err := l.AuditLog.Size(ctx)
	l.o.by()
	return n, err
}

func (l overtakenLog) Pending(ctx context.Context, limit int) ([]storage.AuditEvent, error) {
	all, err := l.AuditLog.Pending(ctx, limit)
	l.o.by()
	return all, err
}

func (l overtakenLog) LatestCheckpoint(ctx context.Context) (storage.Checkpoint, error) {
	c, err := l.AuditLog.LatestCheckpoint(ctx)
	l.o.by()
	return c, err
}

// TestACheckpointThatIsOvertaken: what another replica has placed and signed between two
// statements is not taken for a log that was altered.
func TestACheckpointThatIsOvertaken(t *testing.T) {
	w := newWorld(t)
	shared, _ := teststores.Servers(t, func() time.Time { return w.now })
	happens := func() {
		if err := shared.Tx(t.Context(), func(tx storage.Tx) error {
			return audit.Record(t.Context(), tx, audit.Event{Kind: audit.SigninSucceeded, Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "person", ID: "p"}, Subject: "p"})
		}); err != nil {
			t.Fatal(err)
		}
	}
	faster := w.sequencer()
	faster.Store = shared
	for at := 1; at <= 8; at++ {
		happens()
		reads := 0
		slower := w.sequencer()
		slower.Store = &overtaken{Store: shared, by: func() {
			if reads++; reads != at {
				return
			}
			happens()
			if err := faster.Finish(t.Context()); err != nil {
				t.Errorf("the faster one, at read %d: %v", at, err)
			}
		}}
		if err := slower.Finish(t.Context()); err != nil {
			t.Errorf("overtaken at read %d of %d: %v", at, reads, err)
		}
	}
}

// TestASequencerThatIsOvertaken leaves what another replica has placed between two of
// its statements, which in PostgreSQL see different moments.
func TestASequencerThatIsOvertaken(t *testing.T) {
	w := newWorld(t)
	shared, _ := teststores.Servers(t, func() time.Time { return w.now })
	for range 2 {
		if err := shared.Tx(t.Context(), func(tx storage.Tx) error {
			return audit.Record(t.Context(), tx, audit.Event{Kind: audit.SigninSucceeded, Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "person", ID: "p"}, Subject: "p"})
		}); err != nil {
			t.Fatal(err)
		}
		faster, once := w.sequencer(), false
		faster.Store = shared
		slower := w.sequencer()
		slower.Store = &overtaken{Store: shared, by: func() {
			if once {
				return
			}
			once = true
			if n, err := faster.Once(t.Context()); n != 1 || err != nil {
				t.Errorf("the faster one placed %d, %v", n, err)
			}
		}}
		if n, err := slower.Once(t.Context()); n != 0 || err != nil {
			t.Errorf("the slower one placed %d, %v", n, err)
		}
	}
}

func FuzzVerifyBundle(f *testing.F) {
	f.Add([]byte(`{"log":{"format":1,"key":"x","size":1}}`))
	f.Fuzz(func(_ *testing.T, text []byte) {
		_, _ = audit.VerifyBundle(bytes.NewReader(text), nil) // must not panic
	})
}

func (w *world) signed(t *testing.T) int64 {
	t.Helper()
	size, err := audit.Signed(t.Context(), w.store)
	if err != nil {
		t.Fatal(err)
	}
	return size
}
