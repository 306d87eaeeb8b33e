package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/postgres"
	"github.com/claviger-id/claviger/storage/teststores"
)

// counter is a proxy in front of the server that counts how often the client
// speaks after the server did: the round trips.
type counter struct {
	trips     atomic.Int64
	answering atomic.Bool
}

// counted returns the URL of a counting proxy in front of the database.
func counted(t *testing.T, database string) (string, *counter) {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	server := u.Host
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	c := &counter{}
	c.answering.Store(true)
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", server)
			if err != nil {
				_ = near.Close()
				return
			}
			go c.carry(far, near, func() {
				if c.answering.Swap(false) {
					c.trips.Add(1)
				}
			})
			go c.carry(near, far, func() { c.answering.Store(true) })
		}
	}()
	u.Host = l.Addr().String()
	return u.String(), c
}

func (c *counter) carry(to, from net.Conn, note func()) {
	defer func() { _, _ = to.Close(), from.Close() }()
	buffer := make([]byte, 1<<16)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			note()
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// trips writes records with names of their own.
type trips struct{ serial int }

func (w *trips) next() string {
	w.serial++
	return fmt.Sprintf("%06d", w.serial)
}

func (w *trips) appendEvent(ctx context.Context, tx storage.Tx) error {
	return tx.Audit().Append(ctx, storage.AuditEvent{ID: w.next(), At: then, Kind: "k", Body: []byte("b")})
}

func (w *trips) insertGrant(ctx context.Context, tx storage.Tx) (id string, err error) {
	id = w.next()
	return id, tx.Grants().Insert(ctx, storage.Grant{ID: id, ClientID: "c", Generation: 1, ExpiresAt: then.Add(time.Hour)})
}

var then = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

// TestRoundTrips pins the number of times that the server is waited for.
func TestRoundTrips(t *testing.T) {
	proxied, count := counted(t, teststores.Database(t))
	o := options(proxied)
	o.MaxConns = 1
	s, err := postgres.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	w := &trips{}
	for name, c := range map[string]struct {
		most int64
		// prepare returns what is then counted.
		prepare func(t *testing.T, ctx context.Context) func(storage.Tx) error
	}{
		"code exchange": {2, func(_ *testing.T, ctx context.Context) func(storage.Tx) error {
			return func(tx storage.Tx) error {
				_, err := w.insertGrant(ctx, tx)
				return errors.Join(err, w.appendEvent(ctx, tx))
			}
		}},
		"refresh": {2, func(t *testing.T, ctx context.Context) func(storage.Tx) error {
			var id string
			if err := s.Tx(ctx, func(tx storage.Tx) (err error) {
				id, err = w.insertGrant(ctx, tx)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return func(tx storage.Tx) error {
				_, err := tx.Grants().Rotate(ctx, id, 1, then)
				return errors.Join(err, w.appendEvent(ctx, tx))
			}
		}},
		"events only": {1, func(_ *testing.T, ctx context.Context) func(storage.Tx) error {
			return func(tx storage.Tx) error {
				return errors.Join(w.appendEvent(ctx, tx), w.appendEvent(ctx, tx), w.appendEvent(ctx, tx))
			}
		}},
		"end of a hundred sessions": {2, func(_ *testing.T, ctx context.Context) func(storage.Tx) error {
			return func(tx storage.Tx) error {
				var ids []string
				var lines []storage.Logout
				var events []storage.AuditEvent
				for range 100 {
					id := w.next()
					ids = append(ids, id)
					events = append(events, storage.AuditEvent{ID: id, At: then, Kind: "k", Body: []byte("b")})
					for _, client := range []string{"a", "b", "c"} {
						lines = append(lines, storage.Logout{ID: id + "." + client, SessionID: id, ClientID: client, State: storage.LogoutPending, CreatedAt: then, NextAt: then})
					}
				}
				_, err := tx.Grants().EndBySession(ctx, ids, "idle", then)
				return errors.Join(err, tx.Logouts().Enter(ctx, lines...), tx.Audit().Append(ctx, events...))
			}
		}},
		"a hundred applications have heard": {2, func(_ *testing.T, ctx context.Context) func(storage.Tx) error {
			return func(tx storage.Tx) error {
				var lines []storage.Logout
				for range 100 {
					lines = append(lines, storage.Logout{ID: w.next(), State: storage.LogoutDelivered, SettledAt: then})
				}
				_, err := tx.Logouts().Settle(ctx, lines...)
				return errors.Join(err, w.appendEvent(ctx, tx))
			}
		}},
		"place a hundred events": {5, func(t *testing.T, ctx context.Context) func(storage.Tx) error {
			if err := s.Tx(ctx, func(tx storage.Tx) error {
				var errs []error
				for range 100 {
					errs = append(errs, w.appendEvent(ctx, tx))
				}
				return errors.Join(errs...)
			}); err != nil {
				t.Fatal(err)
			}
			return func(tx storage.Tx) error {
				pending, err := tx.Audit().Pending(ctx, 100)
				if err != nil {
					return err
				}
				size, err := tx.Audit().Size(ctx)
				if err != nil {
					return err
				}
				var events []storage.PlacedEvent
				var hashes []storage.TreeHash
				for i, e := range pending {
					events, hashes = append(events, storage.PlacedEvent{ID: e.ID}), append(hashes, storage.TreeHash{Index: size + int64(i), Hash: []byte("h")})
				}
				return tx.Audit().Place(ctx, size, events, hashes)
			}
		}},
		"nothing": {0, func(*testing.T, context.Context) func(storage.Tx) error {
			return func(storage.Tx) error { return nil }
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var took int64
			for range 2 { // the first time, statements are prepared
				fn := c.prepare(t, t.Context())
				before := count.trips.Load()
				if err := s.Tx(t.Context(), fn); err != nil {
					t.Fatal(err)
				}
				took = count.trips.Load() - before
			}
			if took != c.most {
				t.Errorf("%d round trips, want %d", took, c.most)
			}
		})
	}
}
