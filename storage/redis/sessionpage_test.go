package redis_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/redis"
)

// ofOneShard are ids of sessions that live together.
func ofOneShard(n int) (ids []string) {
	for i := 0; len(ids) < n; i++ {
		if id := fmt.Sprint("s", i); redis.Shard(id) == redis.Shard("s0") {
			ids = append(ids, id)
		}
	}
	return ids
}

// TestSetsOfSessionsMendThemselves has Redis let go of sessions that nobody removed: what
// leads to them goes away, whether somebody reads the sets or not.
func TestSetsOfSessionsMendThemselves(t *testing.T) {
	ctx := t.Context()
	s := open(t).(*redis.Store)
	w := s.Sessions()
	begun := time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)
	ids := ofOneShard(60)
	shard := redis.Shard(ids[0])
	begin := func(i int) {
		t.Helper()
		if err := w.Create(ctx, storage.Session{
			ID: ids[i], PersonID: "p", IdleLimit: time.Hour, CreatedAt: begun.Add(time.Duration(i) * time.Second),
			Deadline: begun.Add(time.Hour), AbsoluteDeadline: begun.Add(2 * time.Hour),
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Act(ctx, storage.Activity{SessionID: ids[i], ClientID: "portal", At: begun}); err != nil {
			t.Fatal(err)
		}
	}
	sizes := func(want int64) {
		t.Helper()
		if all, of, err := s.Entries(ctx, shard, "portal"); err != nil || all != want || of != want {
			t.Errorf("%d entries of all, %d of the application (%v), want %d", all, of, err, want)
		}
	}
	for i := range 40 {
		begin(i)
	}
	for _, id := range ids[:30] {
		if err := s.Lose(ctx, id); err != nil {
			t.Fatal(err)
		}
	}
	sizes(40)
	for i := 40; i < 50; i++ { // each takes two with it
		begin(i)
	}
	sizes(30)
	for i := 50; i < 60; i++ {
		begin(i)
	}
	sizes(30)
	for _, id := range ids[30:35] {
		if err := s.Lose(ctx, id); err != nil {
			t.Fatal(err)
		}
	}
	for _, client := range []string{"", "portal"} {
		found, last, err := w.Page(ctx, client, storage.SessionPlace{}, begun, 100)
		if err != nil || !last.IsZero() {
			t.Fatal(last, err)
		}
		var got []string
		for _, one := range found {
			got = append(got, one.ID)
		}
		if !slices.Equal(got, ids[35:]) {
			t.Errorf("sessions of %q: %v", client, got)
		}
	}
	sizes(25)
	if _, err := w.Remove(ctx, ids...); err != nil {
		t.Fatal(err)
	}
	sizes(0)
}

// TestSetOfAClientOutlivesItsSessions: a set is not forgotten before what is in it.
func TestSetOfAClientOutlivesItsSessions(t *testing.T) {
	ctx := t.Context()
	s := open(t).(*redis.Store)
	w := s.Sessions()
	begun := time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)
	ids := ofOneShard(2)
	short, long := ids[0], ids[1]
	for id, life := range map[string]time.Duration{long: 12 * time.Hour, short: time.Hour} {
		if err := w.Create(ctx, storage.Session{
			ID: id, PersonID: "p", IdleLimit: time.Hour, CreatedAt: begun, Deadline: begun.Add(time.Hour), AbsoluteDeadline: begun.Add(life),
		}); err != nil {
			t.Fatal(err)
		}
	}
	const margin = time.Minute
	for _, id := range []string{short, long, short} {
		if _, err := w.Act(ctx, storage.Activity{SessionID: id, ClientID: "portal", At: begun}); err != nil {
			t.Fatal(err)
		}
		set, session, err := s.Lives(ctx, id, "portal")
		if err != nil || set < session-margin || session <= 0 {
			t.Errorf("%s: the set lives for %s, the session for %s (%v)", id, set, session, err)
		}
	}
}
