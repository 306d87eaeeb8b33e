package job_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/job"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/teststores"
)

type world struct {
	*job.Service
	t   *testing.T
	now time.Time
	// do is the only kind.
	do func(ctx context.Context, w *job.Work) error
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
	store, _ := teststores.Embedded(t, func() time.Time { return w.now })
	keyring, _, err := secret.NewRoot().NewKeyring()
	if err != nil {
		t.Fatal(err)
	}
	w.Service = &job.Service{
		Store: store, Keys: keyring, Now: func() time.Time { return w.now }, Log: slog.New(slog.DiscardHandler),
		Kinds: map[string]func(context.Context, *job.Work) error{"count": func(ctx context.Context, work *job.Work) error { return w.do(ctx, work) }},
	}
	return w
}

var by = audit.Actor{Type: "client", ID: "desk", Role: "operator"}

func (w *world) submit(content []byte) job.Job {
	w.t.Helper()
	made, err := w.Submit(w.t.Context(), job.New{Kind: "count", Options: map[string]string{"a": "b"}, Content: content, By: by})
	if err != nil {
		w.t.Fatal(err)
	}
	return made
}

func (w *world) get(id string) job.Job {
	w.t.Helper()
	found, err := w.Get(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

// step does one step of a job.
func (w *world) step(ctx context.Context, work *job.Work, done int64, output string) error {
	err := w.Store.Tx(ctx, func(tx storage.Tx) error {
		return work.Step(ctx, tx, job.Progress{Done: done, Counts: map[string]int64{"rows": done}, Output: []byte(output)})
	})
	if err == nil {
		work.Stepped(output != "")
	}
	return err
}

func TestAJobIsDoneOnce(t *testing.T) {
	w := newWorld(t)
	content := bytes.Repeat([]byte("SENTINEL of somebody\n"), 100_000) // three parts
	made := w.submit(content)
	if _, err := w.Submit(t.Context(), job.New{Kind: "count", Content: content, By: by}); problem.From(err).Code != problem.Conflict {
		t.Errorf("the same again: %v", err)
	}
	if err := w.Store.View(t.Context(), func(tx storage.Tx) error {
		parts, err := tx.Jobs().Parts(t.Context(), made.ID, storage.JobInput, 0, 10)
		if len(parts) != 3 || bytes.Contains(bytes.Join(parts, nil), []byte("SENTINEL")) {
			t.Errorf("%d parts, or not sealed", len(parts))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	runs := 0
	w.do = func(ctx context.Context, work *job.Work) error {
		runs++
		if !bytes.Equal(work.Content, content) || work.By != by || work.Options["a"] != "b" {
			t.Error("it is not what was handed in")
		}
		if err := w.step(ctx, work, int64(len(content)/2), "first"); err != nil {
			return err
		}
		if half := w.get(made.ID); half.State != storage.JobRunning || half.Fraction < 0.49 || half.Fraction > 0.51 {
			t.Errorf("half way: %+v", half)
		}
		return w.step(ctx, work, int64(len(content)), "second")
	}
	for _, want := range []bool{true, false} {
		if done, err := w.One(t.Context()); done != want || err != nil {
			t.Errorf("%v %v", done, err)
		}
	}
	after := w.get(made.ID)
	if runs != 1 || after.State != storage.JobFinished || after.Fraction != 1 || after.Counts["rows"] != int64(len(content)) {
		t.Errorf("%d runs, %+v", runs, after)
	}
	out, err := w.Output(t.Context(), made.ID, 0, 10, by)
	if d := cmp.Diff([][]byte{[]byte("first"), []byte("second")}, out); d != "" || err != nil {
		t.Errorf("output: %s %v", d, err)
	}
	if err := w.Store.View(t.Context(), func(tx storage.Tx) error {
		parts, err := tx.Jobs().Parts(t.Context(), made.ID, storage.JobInput, 0, 10)
		if len(parts) != 0 {
			t.Error("what it worked on is still there")
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	w.submit(content) // it is over: again
}

func TestAJobStops(t *testing.T) {
	w := newWorld(t)
	made := w.submit([]byte("rows"))
	w.do = func(ctx context.Context, work *job.Work) error {
		if err := w.step(ctx, work, 1, ""); err != nil {
			return err
		}
		if _, err := w.Cancel(ctx, made.ID, 1, by); !errors.Is(err, storage.ErrStale) {
			t.Errorf("cancelled at an old version: %v", err)
		}
		if _, err := w.Cancel(ctx, made.ID, w.get(made.ID).Version, by); err != nil {
			return err
		}
		return w.step(ctx, work, 2, "")
	}
	if _, err := w.One(t.Context()); err != nil {
		t.Fatal(err)
	}
	after := w.get(made.ID)
	if after.State != storage.JobCancelled || after.Counts["rows"] != 1 {
		t.Errorf("%+v", after)
	}
	if _, err := w.Cancel(t.Context(), made.ID, after.Version, by); problem.From(err).Code != problem.Conflict {
		t.Errorf("cancelled again: %v", err)
	}
	queued := w.submit([]byte("others"))
	if _, err := w.Cancel(t.Context(), queued.ID, queued.Version, by); err != nil {
		t.Fatal(err)
	}
	w.do = func(context.Context, *job.Work) error { t.Error("it ran"); return nil }
	if _, err := w.One(t.Context()); err != nil || w.get(queued.ID).State != storage.JobCancelled {
		t.Errorf("%v %+v", err, w.get(queued.ID))
	}
}

func TestAJobGoesOnAfterACrash(t *testing.T) {
	w := newWorld(t)
	made := w.submit([]byte("rows"))
	w.do = func(ctx context.Context, work *job.Work) error {
		if err := w.step(ctx, work, 1, "first"); err != nil {
			return err
		}
		// As after a kill: nobody says anything of it any more, and its lease ends.
		w.now = w.now.Add(3 * time.Minute)
		w.do = func(ctx context.Context, work *job.Work) error { return w.step(ctx, work, 4, "second") }
		if done, err := w.One(ctx); !done || err != nil {
			t.Errorf("nobody took it over: %v", err)
		}
		if err := w.step(ctx, work, 2, "late"); !errors.Is(err, storage.ErrStale) {
			t.Errorf("the first one goes on: %v", err)
		}
		return errors.New("whatever")
	}
	if _, err := w.One(t.Context()); err != nil {
		t.Fatal(err)
	}
	out, err := w.Output(t.Context(), made.ID, 0, 10, by)
	if after := w.get(made.ID); after.State != storage.JobFinished || err != nil || len(out) != 2 {
		t.Errorf("%+v %q %v", after, out, err)
	}
}

func TestAJobFails(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		err  error
		says string
	}{
		{problem.New(problem.Invalid, "This is no roster."), "This is no roster."},
		{errors.New("secret inside"), "Something went wrong on our side."},
	} {
		made := w.submit([]byte(c.says))
		w.do = func(context.Context, *job.Work) error { return c.err }
		if _, err := w.One(t.Context()); err != nil {
			t.Fatal(err)
		}
		if after := w.get(made.ID); after.State != storage.JobFailed || after.Problem != c.says {
			t.Errorf("%+v", after)
		}
	}
	made := w.submit([]byte("stopped with the program"))
	ctx, cancel := context.WithCancel(t.Context())
	w.do = func(ctx context.Context, _ *job.Work) error { cancel(); return ctx.Err() }
	if _, err := w.One(ctx); err != nil {
		t.Fatal(err)
	}
	w.do = func(context.Context, *job.Work) error { return nil }
	if done, err := w.One(t.Context()); !done || err != nil || w.get(made.ID).State != storage.JobFinished {
		t.Errorf("it does not go on: %v %+v", err, w.get(made.ID))
	}
}
