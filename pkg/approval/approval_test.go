package approval_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/approval"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/teststores"
)

var (
	ann = audit.Actor{Type: "person", ID: "ann", Role: "operator"}
	bob = audit.Actor{Type: "person", ID: "bob", Role: "operator"}
)

type world struct {
	*approval.Service
	t    *testing.T
	now  time.Time
	gone map[string]bool // may not any more
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), gone: map[string]bool{}}
	store, _ := teststores.Embedded(t, func() time.Time { return w.now })
	keyring, _, err := secret.NewRoot().NewKeyring()
	if err != nil {
		t.Fatal(err)
	}
	w.Service = &approval.Service{
		Store: store, Keys: keyring, Classes: []approval.Class{approval.ClassKeys}, Within: time.Hour, Log: slog.New(slog.DiscardHandler),
		UserIDIndex: func(userID string) []byte { return []byte("index of " + userID) },
		May: func(_ context.Context, _ storage.Tx, who audit.Actor, _ approval.Request) (bool, error) {
			return !w.gone[who.ID], nil
		},
	}
	return w
}

func act(shown string) approval.Act {
	return approval.Act{Name: "remove-key", By: ann, Reason: "leaked", Shown: shown}
}

// asks asks for an act that nobody has approved.
func (w *world) asks(a approval.Act) approval.Request {
	w.t.Helper()
	_, err := w.Seek(w.t.Context(), a)
	var waiting *approval.Waiting
	if !errors.As(err, &waiting) {
		w.t.Fatalf("it does not wait: %v", err)
	}
	return waiting.Request
}

func (w *world) approve(id string) {
	w.t.Helper()
	if _, err := w.Decide(w.t.Context(), approval.Decision{ID: id, Approve: true, Reason: "seen_ticket", By: bob}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) spend(id string, by audit.Actor) error {
	return w.Store.Tx(w.t.Context(), func(tx storage.Tx) error { return w.Spend(w.t.Context(), tx, id, by) })
}

// TestDoneOnce: of many who do at once what was approved, one does.
func TestDoneOnce(t *testing.T) {
	w := newWorld(t)
	id := w.asks(act("one key")).ID
	w.approve(id)
	if found, err := w.Seek(t.Context(), act("one key")); err != nil || found != id {
		t.Fatalf("%q %v", found, err)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for range 8 {
		wg.Go(func() {
			err := w.spend(id, ann)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				done++
			} else if problem.From(err).Code != problem.Conflict {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if done != 1 {
		t.Errorf("done %d times", done)
	}
}

// TestNotSpent: whoever did not ask, what nobody approved, and what is too late.
func TestNotSpent(t *testing.T) {
	w := newWorld(t)
	id := w.asks(act("one key")).ID
	refused := func(what string, by audit.Actor) {
		t.Helper()
		if err := w.spend(id, by); problem.From(err).Code != problem.Conflict {
			t.Errorf("%s: %v", what, err)
		}
	}
	refused("before somebody approved", ann)
	w.approve(id)
	refused("by who approved", bob)
	refused("by a client of the same name", audit.Actor{Type: "client", ID: "ann"})
	w.gone["bob"] = true
	refused("when the approver may not any more", ann)
	w.gone["bob"] = false
	w.now = w.now.Add(time.Hour)
	refused("at the end of its time", ann)
	if next := w.asks(act("one key")); next.ID == id {
		t.Error("what has expired counts")
	}
}

// TestTime: a request is decided and done before its time is over, and is kept for a
// while.
func TestTime(t *testing.T) {
	w := newWorld(t)
	id := w.asks(act("one key")).ID
	w.now = w.now.Add(time.Hour)
	if _, err := w.Decide(t.Context(), approval.Decision{ID: id, Approve: true, Reason: "seen_ticket", By: bob}); problem.From(err).Code != problem.Conflict {
		t.Errorf("approved too late: %v", err)
	}
	for _, c := range []struct {
		after time.Duration
		state storage.ApprovalState
	}{{0, storage.ApprovalExpired}, {30 * 24 * time.Hour, storage.ApprovalExpired}, {time.Second, ""}} {
		w.now = w.now.Add(c.after)
		if err := w.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		found, err := w.Get(t.Context(), id, ann)
		if (c.state == "") != (problem.From(err).Code == problem.NotFound) || err == nil && found.State != c.state {
			t.Errorf("%v later: %q %v", c.after, found.State, err)
		}
	}
}

// TestBounded: nobody has more than fifty requests that are not over.
func TestBounded(t *testing.T) {
	w := newWorld(t)
	var last string
	for i := range 50 {
		last = w.asks(act(string(rune('A' + i)))).ID
	}
	if _, err := w.Seek(t.Context(), act("too many")); problem.From(err).Code != problem.Conflict {
		t.Errorf("one more: %v", err)
	}
	if _, err := w.Decide(t.Context(), approval.Decision{ID: last, Reason: "not_needed", By: ann}); err != nil {
		t.Fatal(err)
	}
	w.asks(act("too many"))
}

// TestTriedOnce: a try may be long, and others wait for it. While a request waits, and where
// nobody may ask for more, there is none.
func TestTriedOnce(t *testing.T) {
	w := newWorld(t)
	tries := 0
	do := func(what string) error {
		return w.Do(t.Context(), act(what), nil, func(storage.Tx) error {
			tries++
			return nil
		})
	}
	var waiting *approval.Waiting
	for range 3 {
		if err := do("one key"); !errors.As(err, &waiting) {
			t.Fatalf("not asked: %v", err)
		}
	}
	if tries != 1 {
		t.Errorf("tried %d times while it waits", tries)
	}
	for i := range 60 {
		err := do(fmt.Sprint("key ", i))
		if i < 49 != errors.As(err, &waiting) || i >= 49 && problem.From(err).Code != problem.Conflict {
			t.Fatalf("request %d: %v", i, err)
		}
	}
	if tries != 50 {
		t.Errorf("tried %d times, for 50 requests", tries)
	}
}

// TestTriedFirst: what is wrong with an act is said before anybody is asked, and nothing
// stays of the trial; what was approved is done once.
func TestTriedFirst(t *testing.T) {
	w := newWorld(t)
	wrong, calls := errors.New("wrong"), 0
	do := func(fails error) error {
		calls++
		return w.Do(t.Context(), act("one key"), nil, func(tx storage.Tx) error {
			if fails != nil {
				return fails
			}
			_, err := tx.Settings().PutOnce(t.Context(), "done", []byte{byte(calls)})
			return err
		})
	}
	// stands is what of the act there is, and how many requests that are not over.
	stands := func() (done []byte, open int64) {
		t.Helper()
		if err := w.Store.View(t.Context(), func(tx storage.Tx) (err error) {
			if done, err = tx.Settings().Get(t.Context(), "done"); errors.Is(err, storage.ErrNotFound) {
				err = nil
			}
			if err != nil {
				return err
			}
			open, err = tx.Approvals().Count(t.Context(), "person:ann")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return done, open
	}
	if err := do(wrong); !errors.Is(err, wrong) {
		t.Errorf("what is wrong: %v", err)
	}
	if done, open := stands(); done != nil || open != 0 {
		t.Errorf("after what is wrong: done %v, %d requests", done, open)
	}
	var waiting *approval.Waiting
	if err := do(nil); !errors.As(err, &waiting) {
		t.Fatalf("nobody is asked: %v", err)
	}
	if done, open := stands(); done != nil || open != 1 {
		t.Errorf("before the approval: done %v, %d requests", done, open)
	}
	w.approve(waiting.Request.ID)
	if err := do(wrong); !errors.Is(err, wrong) {
		t.Errorf("what became wrong: %v", err)
	}
	if err := do(nil); err != nil {
		t.Errorf("after the approval: %v", err)
	}
	if done, open := stands(); len(done) != 1 || int(done[0]) != calls || open != 0 {
		t.Errorf("afterwards: done %v of %d, %d requests", done, calls, open)
	}
	if err := do(nil); !errors.As(err, &waiting) {
		t.Errorf("a second time: %v", err)
	}
}

// TestGuard: what an act ends is ended with its first transaction that succeeds, and once.
func TestGuard(t *testing.T) {
	w := newWorld(t)
	entered := 0
	g := &approval.Guard{Store: w.Store, First: func(ctx context.Context, fn func(storage.Tx) error) error {
		entered++
		return w.Store.Tx(ctx, fn)
	}}
	broken := errors.New("broken")
	for i, c := range []struct {
		fails   error
		entered int
	}{{broken, 1}, {nil, 2}, {nil, 2}} {
		if err := g.Tx(t.Context(), func(storage.Tx) error { return c.fails }); !errors.Is(err, c.fails) || entered != c.entered {
			t.Errorf("%d: %v, entered %d times", i, err, entered)
		}
	}
}

// TestTakenBack: an approval that nobody has used is taken back by who asked, or who could
// have rejected it.
func TestTakenBack(t *testing.T) {
	for _, by := range []audit.Actor{ann, bob} {
		w := newWorld(t)
		id := w.asks(act("one key")).ID
		w.approve(id)
		if _, err := w.Decide(t.Context(), approval.Decision{ID: id, Reason: "mistaken", By: by}); err != nil {
			t.Fatal(err)
		}
		if err := w.spend(id, ann); problem.From(err).Code != problem.Conflict {
			t.Errorf("%s took it back, and it counts: %v", by.ID, err)
		}
		if _, err := w.Decide(t.Context(), approval.Decision{ID: id, Approve: true, Reason: "seen_ticket", By: bob}); problem.From(err).Code != problem.Conflict {
			t.Errorf("approved again: %v", err)
		}
	}
}

// TestBoundToTheRole: what was approved of an application owner is not of an operator.
func TestBoundToTheRole(t *testing.T) {
	w := newWorld(t)
	owner := act("one key")
	owner.By.Role = "application_owner"
	id := w.asks(owner).ID
	w.approve(id)
	if next := w.asks(act("one key")); next.ID == id {
		t.Error("the role counts for nothing")
	}
}

// TestNobodyDecidesAboutThemselves: also where the account is only named in what is asked.
func TestNobodyDecidesAboutThemselves(t *testing.T) {
	w := newWorld(t)
	if err := w.Store.Tx(t.Context(), func(tx storage.Tx) error {
		return tx.People().Insert(t.Context(), storage.Person{
			ID: "bob", Subject: "sub-bob", UserIDIndex: []byte("index of bhill"), State: storage.PersonActive, Profile: []byte{1}, CreatedAt: w.now, UpdatedAt: w.now, Version: 1,
		})
	}); err != nil {
		t.Fatal(err)
	}
	for body, oneself := range map[string]bool{
		`{"delegate":"bob"}`: true, `{"family_name":"Hill","user_id":"bhill"}`: true, `{"family_name":"Hill","user_id":"chill"}`: false,
	} {
		id := w.asks(act("POST /v1/people/ann/delegations\n\n" + body)).ID
		for _, approve := range []bool{false, true} {
			_, err := w.Decide(t.Context(), approval.Decision{ID: id, Approve: approve, Reason: "seen_ticket", By: bob})
			if (problem.From(err).Code == problem.Denied) != oneself {
				t.Errorf("%s, approve %v: %v", body, approve, err)
			}
		}
	}
}
