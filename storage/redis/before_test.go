package redis_test

import (
	"context"
	"encoding/json"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	driver "github.com/redis/go-redis/v9"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/redis"
)

// before is a replica of the version that had no lists of sessions, which runs on while
// others are of this one: it writes, reads and takes away what that version did.
type before struct {
	t      *testing.T
	c      driver.UniversalClient
	prefix string
}

func (b before) names(id string) (shard, session, due string) {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id))
	shard = "s" + strconv.FormatUint(uint64(h.Sum32()%16), 10)
	return shard, b.prefix + ":session:{" + shard + "}:" + id, b.prefix + ":due:{" + shard + "}"
}

func (b before) person(id string) string { return b.prefix + ":person:{" + id + "}" }

func (b before) do(ctx context.Context, args ...any) any {
	b.t.Helper()
	got, err := b.c.Do(ctx, args...).Result()
	if err != nil {
		b.t.Fatal(args[0], err)
	}
	return got
}

func (b before) begin(ctx context.Context, s storage.Session) {
	b.t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		b.t.Fatal(err)
	}
	_, key, due := b.names(s.ID)
	keep := (s.AbsoluteDeadline.Sub(s.CreatedAt) + 24*time.Hour).Milliseconds()
	b.do(ctx, "HSET", key, "record", text, "last", s.LastActivity.UnixMicro(), "deadline", s.Deadline.UnixMicro(), "clients", strings.Join(s.Clients, "\n"),
		"absolute", s.AbsoluteDeadline.UnixMicro(), "idle", s.IdleLimit.Microseconds(), "created", s.CreatedAt.UnixMicro())
	b.do(ctx, "PEXPIRE", key, keep)
	b.do(ctx, "ZADD", due, s.Deadline.UnixMicro(), s.ID)
	b.do(ctx, "SADD", b.person(s.PersonID), s.ID)
	b.do(ctx, "PEXPIRE", b.person(s.PersonID), keep)
}

func (b before) join(ctx context.Context, id, client string) {
	b.t.Helper()
	_, key, _ := b.names(id)
	all := client
	if had, err := b.c.HGet(ctx, key, "clients").Result(); err != nil {
		b.t.Fatal(err)
	} else if had != "" {
		all = had + "\n" + client
	}
	b.do(ctx, "HSET", key, "clients", all)
}

func (b before) byPerson(ctx context.Context, person string) (found []string) {
	b.t.Helper()
	ids, err := b.c.SMembers(ctx, b.person(person)).Result()
	if err != nil {
		b.t.Fatal(err)
	}
	slices.Sort(ids)
	for _, id := range ids {
		_, key, _ := b.names(id)
		if b.c.HGet(ctx, key, "record").Err() != nil {
			b.do(ctx, "SREM", b.person(person), id)
			continue
		}
		found = append(found, id)
	}
	return found
}

// claim is what each second asks for what is due, and takes out what leads nowhere.
func (b before) claim(ctx context.Context, at time.Time) (found []string) {
	b.t.Helper()
	for i := range 16 {
		shard := "s" + strconv.Itoa(i)
		due := b.prefix + ":due:{" + shard + "}"
		ids, err := b.c.ZRangeByScore(ctx, due, &driver.ZRangeBy{Min: "-inf", Max: strconv.FormatInt(at.UnixMicro(), 10)}).Result()
		if err != nil {
			b.t.Fatal(err)
		}
		for _, id := range ids {
			key := b.prefix + ":session:{" + shard + "}:" + id
			if b.c.HGet(ctx, key, "record").Err() != nil {
				b.do(ctx, "ZREM", due, id)
				continue
			}
			b.do(ctx, "ZADD", due, at.Add(time.Second).UnixMicro(), id)
			b.do(ctx, "HSET", key, "deadline", "0")
			found = append(found, id)
		}
	}
	slices.Sort(found)
	return found
}

func (b before) remove(ctx context.Context, id string) {
	b.t.Helper()
	_, key, due := b.names(id)
	b.do(ctx, "DEL", key)
	b.do(ctx, "ZREM", due, id)
}

func TestReplicasOfTheVersionBefore(t *testing.T) { testBefore(t, open(t).(*redis.Store)) }

// testBefore has replicas of two versions share the sessions: whichever of them a session
// began in, each finds it, and each comes to its end.
func testBefore(t *testing.T, s *redis.Store) {
	ctx := t.Context()
	b := before{t: t, c: s.Client(), prefix: s.KeyPrefix()}
	w := s.Sessions()
	begun := time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)
	session := func(id string, clients ...string) storage.Session {
		return storage.Session{
			ID: id, PersonID: "p", IdleLimit: time.Hour, CreatedAt: begun, LastActivity: begun,
			Deadline: begun.Add(time.Hour), AbsoluteDeadline: begun.Add(2 * time.Hour), Clients: clients,
		}
	}
	same := func(what string, got []string, want ...string) {
		t.Helper()
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	ids := func(all []storage.Session, err error) (ids []string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range all {
			ids = append(ids, one.ID)
		}
		return ids
	}
	page := func(client string) []string {
		t.Helper()
		all, _, err := w.Page(ctx, client, storage.SessionPlace{}, begun, 100)
		return ids(all, err)
	}
	each := func(client string) []string {
		t.Helper()
		var all []storage.Session
		err := w.Each(ctx, client, begun, func(one storage.Session) error { all = append(all, one); return nil })
		return ids(all, err)
	}
	ours := session("ours", "portal")
	if err := w.Create(ctx, ours); err != nil {
		t.Fatal(err)
	}
	b.begin(ctx, session("theirs", "portal"))
	b.begin(ctx, session("plain"))

	for range 2 { // each has looked after the other one did
		same("a person's, to the version before", b.byPerson(ctx, "p"), "ours", "plain", "theirs")
		same("a person's", ids(w.ByPeople(ctx, begun, "p")), "ours", "plain", "theirs")
		same("claimed too early", append(b.claim(ctx, begun), ids(w.ClaimExpired(ctx, begun, time.Second, 10))...))
	}
	for _, id := range []string{"ours", "plain", "theirs"} {
		if _, err := w.Get(ctx, id, begun); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	// Whoever ends them misses none, before anything has happened in them.
	same("everyone's", each(""), "ours", "plain", "theirs")
	same("of an application", each("portal"), "ours", "theirs")
	b.join(ctx, "ours", "billing")
	b.join(ctx, "plain", "billing")
	same("of an application that joined there", each("billing"), "ours", "plain")

	// To look at one is nothing that happens in it.
	for _, id := range []string{"ours", "plain", "theirs"} {
		if _, err := w.Act(ctx, storage.Activity{SessionID: id, At: begun}); err != nil {
			t.Fatal(err)
		}
	}
	same("the list after a look", page(""), "ours")
	same("that of an application after a look", page("portal"), "ours")
	same("that of one that joined there after a look", page("billing"))

	// What happens in a session brings it into the lists, whatever that is.
	for _, a := range []storage.Activity{{SessionID: "ours", ClientID: "portal"}, {SessionID: "theirs", Counts: true}} {
		a.At = begun
		if _, err := w.Act(ctx, a); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Codes().Save(ctx, storage.Code{Hash: []byte(s.KeyPrefix()), ExpiresAt: begun, KeepUntil: begun},
		&storage.Activity{SessionID: "plain", ClientID: "chart", At: begun}); err != nil {
		t.Fatal(err)
	}
	same("the list", page(""), "ours", "plain", "theirs")
	same("the list of an application", page("portal"), "ours", "theirs")
	same("that of one that joined there", page("billing"), "ours", "plain")
	same("that of one that joined since", page("chart"), "plain")

	// What the version before removes leaves the lists.
	b.remove(ctx, "ours")
	same("the list, then", page(""), "plain", "theirs")
	same("that of an application, then", page("portal"), "theirs")
	same("everyone's, then", each(""), "plain", "theirs")

	// Either comes to the end of what the other one began.
	at := begun.Add(time.Hour)
	same("what the version before comes to the end of", b.claim(ctx, at), "plain", "theirs")
	at = at.Add(time.Second)
	ended, err := w.ClaimExpired(ctx, at, time.Second, 10)
	same("what this one does after it", ids(ended, err), "plain", "theirs")
	for _, one := range ended {
		if wanted := map[string][]string{"plain": {"billing", "chart"}, "theirs": {"portal"}}[one.ID]; !slices.Equal(one.Clients, wanted) {
			t.Errorf("who is told of the end of %s: %q", one.ID, one.Clients)
		}
	}
	if n, err := w.Remove(ctx, "plain", "theirs"); n != 2 || err != nil {
		t.Errorf("%d removed, %v", n, err)
	}
	if n, err := w.Count(ctx); n != 0 || err != nil {
		t.Errorf("%d are left, %v", n, err)
	}
	for _, client := range []string{"", "portal", "billing", "chart"} {
		same("the list of "+client+" in the end", page(client))
	}
}
