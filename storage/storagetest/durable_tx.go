package storagetest

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
)

func testRollback(t *testing.T, s storage.Store) {
	boom := errors.New("boom")
	err := s.Tx(t.Context(), func(tx storage.Tx) error {
		if err := tx.People().Insert(t.Context(), somebody("a")); err != nil {
			return err
		}
		if err := tx.Audit().Append(t.Context(), storage.AuditEvent{ID: "e", Kind: "k", Body: []byte("b")}); err != nil {
			return err
		}
		return boom
	})
	if err != boom { //nolint:errorlint // the contract says: unchanged
		t.Errorf("Tx returned %v, want the error itself", err)
	}
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		_, err := tx.People().Get(ctx, "a")
		want(t, "after a rollback", err, storage.ErrNotFound)
		pending, err := tx.Audit().Pending(ctx, 10)
		same(t, "pending", len(pending), 0)
		return err
	})
}

func testView(t *testing.T, s storage.Store) {
	err := s.View(t.Context(), func(tx storage.Tx) error {
		return tx.People().Insert(t.Context(), somebody("a"))
	})
	if err == nil {
		t.Error("a write in View succeeded")
	}
	if err := s.View(t.Context(), func(tx storage.Tx) error {
		return tx.Audit().Append(t.Context(), storage.AuditEvent{ID: "e", Body: []byte("b")})
	}); err == nil {
		t.Error("a queued write in View succeeded")
	}
	if err := s.View(t.Context(), func(tx storage.Tx) error {
		_, err := tx.People().Get(t.Context(), "a")
		want(t, "Get", err, storage.ErrNotFound)
		return nil
	}); err != nil {
		t.Error(err)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

func testCancelled(t *testing.T, s storage.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Tx(ctx, func(tx storage.Tx) error {
		_, err := tx.People().Get(ctx, "a")
		return err
	}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	in(t, s, func(ctx context.Context, tx storage.Tx) error { return tx.People().Insert(ctx, somebody("a")) })
}

func testPanic(t *testing.T, s storage.Store) {
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic did not pass through Tx")
			}
		}()
		_ = s.Tx(t.Context(), func(tx storage.Tx) error {
			if err := tx.People().Insert(t.Context(), somebody("a")); err != nil {
				t.Error(err)
			}
			panic("a mistake in the program") // what this test is about
		})
	}()
	// More often than there are connections, so that each of them is seen.
	for range racers {
		in(t, s, func(ctx context.Context, tx storage.Tx) error {
			_, err := tx.People().Get(ctx, "a")
			want(t, "after a panic", err, storage.ErrNotFound)
			return nil
		})
	}
}

func testNow(t *testing.T, s storage.Store) {
	for _, run := range []func(context.Context, func(storage.Tx) error) error{s.Tx, s.View} {
		if err := run(t.Context(), func(tx storage.Tx) error {
			now := tx.Now()
			same(t, "Now, truncated", now, now.UTC().Truncate(time.Microsecond))
			if age := time.Since(now); age < 0 || age > time.Minute {
				t.Errorf("Now is %v old", age)
			}
			time.Sleep(2 * time.Millisecond)
			same(t, "Now, later", tx.Now(), now)
			return nil
		}); err != nil {
			t.Error(err)
		}
	}
}

// testTimes checks the ends of what a time can be: none, and finer than it is
// kept.
func testTimes(t *testing.T, s storage.Store) {
	fine := moment.Add(789 * time.Nanosecond).In(time.FixedZone("elsewhere", -5*3600))
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		p := somebody("fine")
		p.CreatedAt, p.UpdatedAt = fine, fine
		return errors.Join(
			tx.People().Insert(ctx, p),
			tx.SigningKeys().Insert(ctx, storage.SigningKey{ID: "k", Use: storage.KeyUseToken, Private: []byte("p")}),
			tx.Imports().Put(ctx, storage.Import{ID: "i"}),
			tx.Grants().Insert(ctx, storage.Grant{ID: "g", ClientID: "c", ExpiresAt: fine}),
		)
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		p, err := tx.People().Get(ctx, "fine")
		same(t, "a fine time", p.CreatedAt, moment)
		keys, err2 := tx.SigningKeys().All(ctx, storage.KeyUseToken, moment)
		same(t, "a key without times", keys, []storage.SigningKey{{ID: "k", Use: storage.KeyUseToken, Private: []byte("p"), Version: 1}})
		i, err3 := tx.Imports().Get(ctx, "i")
		same(t, "an import without times", i, storage.Import{ID: "i"})
		g, err4 := tx.Grants().Get(ctx, "g")
		same(t, "a grant without lists", g, storage.Grant{ID: "g", ClientID: "c", ExpiresAt: moment})
		return errors.Join(err, err2, err3, err4)
	})
}

func testSnapshot(t *testing.T, s storage.Store) {
	if err := s.View(t.Context(), func(view storage.Tx) error {
		before, err := view.People().Count(t.Context())
		if err != nil {
			return err
		}
		in(t, s, func(ctx context.Context, tx storage.Tx) error { return tx.People().Insert(ctx, somebody("a")) })
		after, err := view.People().Count(t.Context())
		same(t, "the same view, later", after, before)
		return err
	}); err != nil {
		t.Error(err)
	}
}

// testQueuedConflict: a write whose outcome nobody asks for may reach the
// database together with another one, and its conflict is not the other's.
func testQueuedConflict(t *testing.T, s storage.Store) {
	event := storage.AuditEvent{ID: "e", At: moment, Kind: "k", Body: []byte("b")}
	err := s.Tx(t.Context(), func(tx storage.Tx) error {
		return errors.Join(tx.Audit().Append(t.Context(), event), tx.Audit().Append(t.Context(), event), tx.People().Insert(t.Context(), somebody("a")))
	})
	if err == nil || errors.Is(err, storage.ErrConflict) {
		t.Errorf("two events with one id: %v", err)
	}
	err = s.Tx(t.Context(), func(tx storage.Tx) error {
		return errors.Join(tx.People().Insert(t.Context(), somebody("a")), tx.Audit().Append(t.Context(), event), tx.Audit().Append(t.Context(), event))
	})
	if err == nil || errors.Is(err, storage.ErrConflict) {
		t.Errorf("two events with one id at the end: %v", err)
	}
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		_, err := tx.People().Get(ctx, "a")
		want(t, "after a failed commit", err, storage.ErrNotFound)
		return nil
	})
}

// testForeignText looks for what no record can be called; requests bring such
// names, and they are unknown, not a fault.
func testForeignText(t *testing.T, s storage.Store) {
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		for _, name := range []string{"", "\x00", "a\x00b", "\xff\xfe", "'; DROP TABLE person; --", "%", "\U0010ffff"} {
			_, err := tx.Clients().Get(ctx, name)
			want(t, "client", err, storage.ErrNotFound)
			_, err = tx.Grants().Get(ctx, name)
			want(t, "grant", err, storage.ErrNotFound)
			_, err = tx.Grants().Rotate(ctx, name, 1, moment)
			want(t, "grant to rotate", err, storage.ErrNotFound)
			_, err = tx.People().BySubject(ctx, name)
			want(t, "subject", err, storage.ErrNotFound)
			_, err = tx.People().ByUserID(ctx, []byte(name))
			want(t, "user id", err, storage.ErrNotFound)
			_, err = tx.Passwords().Get(ctx, name)
			want(t, "password", err, storage.ErrNotFound)
			_, err = tx.Settings().Get(ctx, name)
			want(t, "setting", err, storage.ErrNotFound)
		}
		return tx.People().Insert(ctx, somebody("a"))
	})
}

func testDeadline(t *testing.T, s storage.Store) {
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	err := s.Tx(ctx, func(tx storage.Tx) error {
		_, err := tx.People().Get(ctx, "a")
		return err
	})
	want(t, "past the deadline", err, storage.ErrUnavailable)
	want(t, "past the deadline", err, context.DeadlineExceeded)
}

func testClose(t *testing.T, s storage.Store) {
	begun, finish, done := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		done <- s.View(t.Context(), func(tx storage.Tx) error {
			_, err := tx.People().Count(t.Context())
			close(begun)
			<-finish
			_, err2 := tx.People().Count(t.Context())
			return errors.Join(err, err2)
		})
	}()
	<-begun
	var finished atomic.Bool
	closed := make(chan error)
	go func() {
		err := s.Close()
		if !finished.Load() {
			t.Error("Close did not wait for the transaction under way")
		}
		closed <- err
	}()
	time.Sleep(20 * time.Millisecond)
	finished.Store(true)
	close(finish)
	if err := <-done; err != nil {
		t.Errorf("the transaction under way: %v", err)
	}
	if err := <-closed; err != nil {
		t.Errorf("Close: %v", err)
	}
	nothing := func(tx storage.Tx) error {
		_, err := tx.People().Count(t.Context())
		return err
	}
	want(t, "Tx after Close", s.Tx(t.Context(), nothing), storage.ErrUnavailable)
	want(t, "View after Close", s.View(t.Context(), nothing), storage.ErrUnavailable)
	want(t, "Ping after Close", s.Ping(t.Context()), storage.ErrUnavailable)
	if err := s.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}
