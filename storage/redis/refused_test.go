package redis_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/redis"
	"github.com/claviger-id/claviger/storage/teststores"
)

// TestServerThatRefusesWrites: a primary without its replicas, and one whose memory is full,
// still say how long sessions live. What would have to be written is refused as a whole.
func TestServerThatRefusesWrites(t *testing.T) {
	ctx := t.Context()
	n := teststores.StartRedis(t, teststores.RedisCommon+"port PORT\n"+teststores.RedisAccount(t, "claviger"), false)
	s, err := redis.Open(ctx, redis.Options{URL: fmt.Sprintf("redis://claviger:%s@%s/0", teststores.RedisEscaped, n.Addr())})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	set := func(setting, value string) {
		t.Helper()
		if out, err := n.Ask("CONFIG", "SET", setting, value); err != nil || strings.TrimSpace(out) != "OK" {
			t.Fatalf("CONFIG SET %s: %v: %s", setting, err, out)
		}
	}
	w := s.Sessions()
	begun := time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)
	session := func(id string) storage.Session {
		return storage.Session{
			ID: id, SecretHash: []byte(id), PersonID: "p", IdleLimit: time.Hour, CreatedAt: begun, LastActivity: begun,
			Deadline: begun.Add(time.Hour), AbsoluteDeadline: begun.Add(2 * time.Hour), Clients: []string{"portal", "chart"},
		}
	}
	if err := w.Create(ctx, session("ours")); err != nil {
		t.Fatal(err)
	}
	// One that is in no list, into which the next activity would bring it.
	before{t: t, c: s.Client(), prefix: s.KeyPrefix()}.begin(ctx, session("theirs"))
	at := begun.Add(time.Minute)
	code := func() storage.Code {
		return storage.Code{Hash: []byte("c"), GrantID: "g", Request: []byte("{}"), ExpiresAt: at.Add(time.Minute), KeepUntil: at.Add(time.Hour)}
	}
	listed := func(want ...string) {
		t.Helper()
		for _, client := range []string{"", "portal", "chart"} {
			found, _, err := w.Page(ctx, client, storage.SessionPlace{}, at, 10)
			var ids []string
			for _, one := range found {
				ids = append(ids, one.ID)
			}
			if err != nil || !slices.Equal(ids, want) {
				t.Errorf("the list of %q: %q, want %q (%v)", client, ids, want, err)
			}
		}
	}

	for _, refusal := range []struct{ setting, refuses, takes string }{{"min-replicas-to-write", "1", "0"}, {"maxmemory", "1", "0"}} {
		t.Run(refusal.setting, func(t *testing.T) {
			set(refusal.setting, refusal.refuses)
			defer set(refusal.setting, refusal.takes)
			for _, id := range []string{"ours", "theirs"} {
				for what, look := range map[string]func() (storage.Session, error){
					"Get": func() (storage.Session, error) { return w.Get(ctx, id, at) },
					"Act": func() (storage.Session, error) {
						return w.Act(ctx, storage.Activity{SessionID: id, At: at, Unless: []string{"session:" + id, "grant:g"}})
					},
					"Act by limits": func() (storage.Session, error) {
						return w.Act(ctx, storage.Activity{SessionID: id, At: at, IdleLimit: 5 * time.Minute, AbsoluteLimit: 8 * time.Minute})
					},
				} {
					got, err := look()
					if err != nil || !got.Deadline.Equal(begun.Add(time.Hour)) || !got.LastActivity.Equal(begun) {
						t.Errorf("%s, %s: until %v, last %v (%v)", what, id, got.Deadline, got.LastActivity, err)
					}
				}
				for what, do := range map[string]func() error{
					"what counts": func() error {
						_, err := w.Act(ctx, storage.Activity{SessionID: id, At: at, Counts: true})
						return err
					},
					"an application that joins": func() error {
						_, err := w.Act(ctx, storage.Activity{SessionID: id, ClientID: "billing", At: at})
						return err
					},
					"a code": func() error {
						return s.Codes().Save(ctx, code(), &storage.Activity{SessionID: id, ClientID: "billing", At: at, Counts: true})
					},
				} {
					if err := do(); !errors.Is(err, storage.ErrUnavailable) {
						t.Errorf("%s, %s: %v, want ErrUnavailable", what, id, err)
					}
				}
				if got, err := w.Get(ctx, id, at); err != nil || !got.LastActivity.Equal(begun) || !slices.Equal(got.Clients, []string{"portal", "chart"}) {
					t.Errorf("%s afterwards: %+v (%v)", id, got, err)
				}
			}
			listed("ours")
		})
	}

	// And where it takes them again, work goes on.
	for _, id := range []string{"ours", "theirs"} {
		if got, err := w.Act(ctx, storage.Activity{SessionID: id, At: at, Counts: true}); err != nil || !got.Deadline.Equal(at.Add(time.Hour)) {
			t.Errorf("%s: until %v (%v)", id, got.Deadline, err)
		}
	}
	listed("ours", "theirs")
	if err := s.Codes().Save(ctx, code(), nil); err != nil {
		t.Error(err)
	}
}
