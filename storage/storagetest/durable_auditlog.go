package storagetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/claviger-id/claviger/storage"
)

func testAudit(t *testing.T, s storage.Store) {
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		for _, id := range []string{"e2", "e1", "e3"} {
			if err := tx.Audit().Append(ctx, storage.AuditEvent{ID: id, At: moment, Kind: "k", Subject: "a", Body: []byte(id)}); err != nil {
				return err
			}
		}
		return nil
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		w := tx.Audit()
		pending, err := w.Pending(ctx, 2)
		same(t, "Pending", pending, []storage.AuditEvent{
			{ID: "e1", At: moment, Kind: "k", Subject: "a", Body: []byte("e1"), Sequence: -1},
			{ID: "e2", At: moment, Kind: "k", Subject: "a", Body: []byte("e2"), Sequence: -1},
		})
		if err != nil {
			return err
		}
		if err := w.Place(ctx, 0, placed("e1", "e2"), []storage.TreeHash{{Index: 0, Hash: []byte("h0")}, {Index: 1, Hash: []byte("h1")}}); err != nil {
			return err
		}
		size, err := w.Size(ctx)
		same(t, "Size", size, int64(2))
		want(t, "Place at an old size", w.Place(ctx, 0, placed("e3"), nil), storage.ErrStale)
		hashes, err2 := w.Hashes(ctx, []int64{1, 0})
		same(t, "Hashes", hashes, [][]byte{[]byte("h1"), []byte("h0")})
		_, err3 := w.Hashes(ctx, []int64{7})
		want(t, "a missing hash", err3, storage.ErrNotFound)
		entries, err4 := w.Entries(ctx, 1, 10)
		if len(entries) != 1 || entries[0].ID != "e2" || entries[0].Sequence != 1 {
			t.Errorf("Entries = %+v", entries)
		}
		for _, c := range []struct {
			span storage.AuditSpan
			ids  string
		}{
			{storage.AuditSpan{Before: "~", Limit: 9}, "[e1 e2]"}, {storage.AuditSpan{Before: "~", Newest: true, Limit: 9}, "[e2 e1]"},
			{storage.AuditSpan{After: "e1", Before: "~", Limit: 9}, "[e2]"}, {storage.AuditSpan{Before: "e2", Newest: true, Limit: 9}, "[e1]"},
			{storage.AuditSpan{By: storage.AuditBySubject, Value: "a", Before: "~", Limit: 1}, "[e1]"}, {storage.AuditSpan{By: storage.AuditBySubject, Value: "a", Before: "~", Newest: true, Limit: 1}, "[e2]"},
			{storage.AuditSpan{By: storage.AuditBySubject, Value: "b", Before: "~", Limit: 9}, "[]"},
			{storage.AuditSpan{By: storage.AuditByKind, Value: "k", Before: "~", Limit: 1}, "[e1]"}, {storage.AuditSpan{By: storage.AuditByKind, Value: "k", Before: "~", Newest: true, Limit: 1}, "[e2]"},
			{storage.AuditSpan{By: storage.AuditByKind, Value: "other", Before: "~", Limit: 9}, "[]"},
		} {
			found, err := w.Find(ctx, c.span)
			ids := []string{}
			for _, e := range found {
				ids = append(ids, e.ID)
			}
			if got := fmt.Sprint(ids); err != nil || got != c.ids {
				t.Errorf("Find(%+v) = %s, %v", c.span, got, err)
			}
		}
		_, err5 := w.LatestCheckpoint(ctx)
		want(t, "no checkpoint", err5, storage.ErrNotFound)
		c1, c2 := storage.Checkpoint{Size: 1, At: moment, Note: []byte("n1")}, storage.Checkpoint{Size: 2, At: moment, Note: []byte("n2")}
		err6 := errors.Join(w.PutCheckpoint(ctx, c1), w.PutCheckpoint(ctx, c2), w.PutCheckpoint(ctx, storage.Checkpoint{Size: 2, Note: []byte("other")}))
		latest, err7 := w.LatestCheckpoint(ctx)
		same(t, "latest", latest, c2)
		list, err8 := w.Checkpoints(ctx, 1, 10)
		same(t, "Checkpoints", list, []storage.Checkpoint{c1, c2})
		return errors.Join(err, err2, err4, err6, err7, err8)
	})
}

// testAuditFiling: an event is found by what it was filed under, once it has its place; one
// that was placed without is filed afterwards.
func testAuditFiling(t *testing.T, s storage.Store) {
	appendEvents(t, s, "f1", "f2", "f3", "f4", "f5")
	a := storage.Filing{Actor: "a", ClientID: "c", Organization: "o", Outcome: "allow"}
	b := storage.Filing{Actor: "b", Outcome: "deny"}
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		return tx.Audit().Place(ctx, 0, []storage.PlacedEvent{{ID: "f1", Filing: a}, {ID: "f2", Filing: b}, {ID: "f3", Filing: a}, {ID: "f4"}}, nil)
	})
	find := func(span storage.AuditSpan) string {
		t.Helper()
		ids := []string{}
		in(t, s, func(ctx context.Context, tx storage.Tx) error {
			span.Before, span.Limit = "~", 9
			found, err := tx.Audit().Find(ctx, span)
			for _, e := range found {
				ids = append(ids, e.ID)
			}
			return err
		})
		return fmt.Sprint(ids)
	}
	for _, c := range []struct {
		by                    storage.AuditBy
		value, oldest, newest string
	}{
		{storage.AuditByActor, "a", "[f1 f3]", "[f3 f1]"}, {storage.AuditByActor, "b", "[f2]", "[f2]"}, {storage.AuditByActor, "", "[]", "[]"},
		{storage.AuditByClient, "c", "[f1 f3]", "[f3 f1]"}, {storage.AuditByClient, "d", "[]", "[]"},
		{storage.AuditByOrganization, "o", "[f1 f3]", "[f3 f1]"}, {storage.AuditByDenial, "", "[f2]", "[f2]"},
		{"", "", "[f1 f2 f3 f4]", "[f4 f3 f2 f1]"},
	} {
		if got := find(storage.AuditSpan{By: c.by, Value: c.value}); got != c.oldest {
			t.Errorf("by %s %q: %s, want %s", c.by, c.value, got, c.oldest)
		}
		if got := find(storage.AuditSpan{By: c.by, Value: c.value, Newest: true}); got != c.newest {
			t.Errorf("by %s %q, the newest first: %s, want %s", c.by, c.value, got, c.newest)
		}
	}
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		old, err := tx.AuditFiling().Unfiled(ctx, 9)
		if len(old) != 1 || old[0].ID != "f4" {
			t.Errorf("not filed: %+v", old)
		}
		return errors.Join(err, tx.AuditFiling().File(ctx, []storage.PlacedEvent{{ID: "f4", Filing: b}, {ID: "f1", Filing: b}})) // f1 stays as it is
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		old, err := tx.AuditFiling().Unfiled(ctx, 9)
		if len(old) != 0 {
			t.Errorf("not filed: %+v", old)
		}
		entries, err2 := tx.Audit().Entries(ctx, 0, 9)
		if len(entries) != 4 || entries[0].Filing != a || entries[3].Filing != b {
			t.Errorf("filed: %+v", entries)
		}
		return errors.Join(err, err2)
	})
}

// testAuditNotable: what somebody is told of their account has not to be searched
// among what applications do all the time, and is there at once.
func testAuditNotable(t *testing.T, s storage.Store) {
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		for id, e := range map[string]struct{ kind, subject string }{
			"n1": {"session.created", "a"}, "n2": {"grant.refreshed", "a"}, "n3": {"signin.failed", "b"}, "n4": {"audit.read", "a"},
			"n5": {"signin.failed", "a"}, "n6": {"key.created", ""}, "n7": {"userinfo.read", "a"}, "n8": {"session.ended", "a"},
		} {
			if err := tx.Audit().Append(ctx, storage.AuditEvent{ID: id, At: moment, Kind: e.kind, Subject: e.subject, Body: []byte(id)}); err != nil {
				return err
			}
		}
		return nil
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		if err := tx.Audit().Place(ctx, 0, placed("n1", "n2"), nil); err != nil {
			return err
		}
		for _, c := range []struct {
			span storage.AuditSpan
			ids  string
		}{
			{storage.AuditSpan{By: storage.AuditBySubject, Value: "a", Before: "~", Limit: 9}, "[n8 n5 n1]"}, {storage.AuditSpan{By: storage.AuditBySubject, Value: "a", Before: "~", Limit: 2}, "[n8 n5]"},
			{storage.AuditSpan{By: storage.AuditBySubject, Value: "a", Before: "n5", Limit: 9}, "[n1]"}, {storage.AuditSpan{By: storage.AuditBySubject, Value: "a", After: "n1", Before: "n8", Limit: 9}, "[n5]"},
			{storage.AuditSpan{By: storage.AuditBySubject, Value: "b", Before: "~", Limit: 9}, "[n3]"}, {storage.AuditSpan{Before: "~", Limit: 9}, "[]"},
		} {
			c.span.Notable = true
			found, err := tx.Audit().Find(ctx, c.span)
			ids := []string{}
			for _, e := range found {
				ids = append(ids, e.ID)
			}
			if got := fmt.Sprint(ids); err != nil || got != c.ids {
				t.Errorf("Find(%+v) = %s, %v; want %s", c.span, got, err, c.ids)
			}
		}
		return nil
	})
}

func testRacePlace(t *testing.T, s storage.Store) {
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		return tx.Audit().Append(ctx, storage.AuditEvent{ID: "e", Kind: "k", Body: []byte("b")})
	})
	won, lost := race(func(int) error {
		return s.Tx(t.Context(), func(tx storage.Tx) error {
			return tx.Audit().Place(t.Context(), 0, placed("e"), []storage.TreeHash{{Index: 0, Hash: []byte("h")}})
		})
	})
	oneWins(t, won, lost, storage.ErrStale)
}

func appendEvents(t *testing.T, s storage.Store, ids ...string) {
	t.Helper()
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		for _, id := range ids {
			if err := tx.Audit().Append(ctx, storage.AuditEvent{ID: id, At: moment, Kind: "k", Body: []byte(id)}); err != nil {
				return err
			}
		}
		return nil
	})
}

func testAuditPlaceHoles(t *testing.T, s storage.Store) {
	appendEvents(t, s, "a", "b", "c")
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		return tx.Audit().Place(ctx, 0, placed("a"), nil)
	})
	for what, ids := range map[string][]string{"unknown": {"b", "none"}, "placed before": {"b", "a"}, "twice": {"b", "b"}} {
		err := s.Tx(t.Context(), func(tx storage.Tx) error { return tx.Audit().Place(t.Context(), 1, placed(ids...), nil) })
		if err == nil || errors.Is(err, storage.ErrStale) {
			t.Errorf("an event that is %s: %v", what, err)
		}
	}
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		size, err := tx.Audit().Size(ctx)
		same(t, "size after failures", size, int64(1))
		return errors.Join(err, tx.Audit().Place(ctx, 1, placed("c", "b"), nil))
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		entries, err := tx.Audit().Entries(ctx, 0, 10)
		var ids []string
		for _, e := range entries {
			ids = append(ids, e.ID)
		}
		same(t, "entries in order of place", ids, []string{"a", "c", "b"})
		return err
	})
}

func testAuditHashes(t *testing.T, s storage.Store) {
	const n = 100
	appendEvents(t, s, "a")
	var hashes []storage.TreeHash
	for i := range int64(n) {
		hashes = append(hashes, storage.TreeHash{Index: i, Hash: fmt.Append(nil, "hash ", i)})
	}
	in(t, s, func(ctx context.Context, tx storage.Tx) error { return tx.Audit().Place(ctx, 0, placed("a"), hashes) })
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		for _, count := range []int{0, 1, 15, 16, 17, 99} {
			var indexes []int64
			wanted := make([][]byte, 0, count)
			for i := range count {
				index := int64(i*37) % n
				indexes, wanted = append(indexes, index), append(wanted, fmt.Append(nil, "hash ", index))
			}
			got, err := tx.Audit().Hashes(ctx, indexes)
			if err != nil {
				return err
			}
			same(t, fmt.Sprint(count, " hashes"), got, wanted)
		}
		_, err := tx.Audit().Hashes(ctx, []int64{1, 2, n, 3})
		want(t, "one missing among others", err, storage.ErrNotFound)
		return nil
	})
}

// testAuditLate: a transaction that commits late brings an event older than
// those that are placed. It is next.
func testAuditLate(t *testing.T, s storage.Store) {
	appendEvents(t, s, "2", "3")
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		return tx.Audit().Place(ctx, 0, placed("2", "3"), nil)
	})
	appendEvents(t, s, "4", "1")
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		pending, err := tx.Audit().Pending(ctx, 10)
		var ids []string
		for _, e := range pending {
			ids = append(ids, e.ID)
		}
		same(t, "pending", ids, []string{"1", "4"})
		return err
	})
}

// placed are events that get a place, and nothing else.
func placed(ids ...string) (all []storage.PlacedEvent) {
	for _, id := range ids {
		all = append(all, storage.PlacedEvent{ID: id})
	}
	return all
}
