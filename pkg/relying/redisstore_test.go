package relying_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/claviger-id/claviger/pkg/relying"
)

// redisStore keeps sessions in a Redis. It is a SessionStore as an application with several
// replicas may have it; take it as it is.
type redisStore struct {
	db     redis.UniversalClient
	prefix string
	now    func() time.Time
}

var _ relying.SessionStore = (*redisStore)(nil)

// newRedisStore returns one with names of its own in the server of the tests.
func newRedisStore(t *testing.T, c *clock) relying.SessionStore {
	t.Helper()
	options, err := redis.ParseURL(os.Getenv("CLAVIGER_TEST_REDIS"))
	if err != nil {
		t.Fatalf("CLAVIGER_TEST_REDIS names no server (%v): run the tests with make test", err)
	}
	db := redis.NewClient(options)
	t.Cleanup(func() { _ = db.Close() })
	return &redisStore{db: db, prefix: "relying:" + t.Name() + ":" + strconv.FormatInt(time.Now().UnixNano(), 36) + ":", now: c.Now}
}

func (s *redisStore) record(key string) string { return s.prefix + "session:" + key }
func (s *redisStore) end(signIn string) string { return s.prefix + "end:" + signIn }

// left is how long to keep what is needed until a moment; Redis takes zero for ever.
func (s *redisStore) left(until time.Time) time.Duration {
	return max(until.Sub(s.now()), time.Millisecond)
}

// indexes are the sets in which a record is found when its sign-in ends.
func (s *redisStore) indexes(r relying.SessionRecord) []string {
	all := []string{s.prefix + "subject:" + r.Subject}
	if r.SignIn != "" {
		all = append(all, s.prefix+"signin:"+r.SignIn)
	}
	return all
}

// Create implements relying.SessionStore. The indexes come first: what they name and is
// not there does no harm.
func (s *redisStore) Create(ctx context.Context, r relying.SessionRecord) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = s.db.TxPipelined(ctx, func(p redis.Pipeliner) error {
		for _, index := range s.indexes(r) {
			p.SAdd(ctx, index, r.Key)
			p.Expire(ctx, index, 24*time.Hour) // longer than the longest session
		}
		p.Set(ctx, s.record(r.Key), text, s.left(r.Ends))
		return nil
	})
	return err
}

// Get implements relying.SessionStore.
func (s *redisStore) Get(ctx context.Context, key string) (r relying.SessionRecord, err error) {
	text, err := s.db.Get(ctx, s.record(key)).Bytes()
	if errors.Is(err, redis.Nil) {
		return r, relying.ErrNoSession
	}
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	return r, err
}

// Replace implements relying.SessionStore.
func (s *redisStore) Replace(ctx context.Context, r relying.SessionRecord) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	name := s.record(r.Key)
	err = s.db.Watch(ctx, func(tx *redis.Tx) error {
		old, err := s.Get(ctx, r.Key)
		if err != nil {
			return err
		}
		if old.Version != r.Version-1 {
			return relying.ErrChanged
		}
		_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.Set(ctx, name, text, s.left(r.Ends))
			return nil
		})
		return err
	}, name)
	if errors.Is(err, redis.TxFailedErr) {
		return relying.ErrChanged
	}
	return err
}

// Delete implements relying.SessionStore.
func (s *redisStore) Delete(ctx context.Context, key string) error {
	return s.db.Del(ctx, s.record(key)).Err()
}

// EndSignIn implements relying.SessionStore.
func (s *redisStore) EndSignIn(ctx context.Context, e relying.SignInEnd) error {
	index := s.prefix + "subject:" + e.Subject
	if e.SignIn != "" {
		index = s.prefix + "signin:" + e.SignIn
		var err error
		if e.Number, err = s.db.Incr(ctx, s.prefix+"count").Result(); err != nil {
			return err
		}
		text, err := json.Marshal(e)
		if err != nil {
			return err
		}
		if err := s.db.Set(ctx, s.end(e.SignIn), text, s.left(e.Until)).Err(); err != nil {
			return err
		}
	}
	keys, err := s.db.SMembers(ctx, index).Result()
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := s.Delete(ctx, key); err != nil {
			return err
		}
		// Not the whole index: a session may have begun since, and has to be found again.
		if err := s.db.SRem(ctx, index, key).Err(); err != nil {
			return err
		}
	}
	return nil
}

// Ends implements relying.SessionStore.
func (s *redisStore) Ends(ctx context.Context, signIn string) (e relying.SignInEnd, count int64, err error) {
	count, err = s.db.Get(ctx, s.prefix+"count").Int64()
	if err != nil && !errors.Is(err, redis.Nil) {
		return e, 0, err
	}
	text, err := s.db.Get(ctx, s.end(signIn)).Bytes()
	if errors.Is(err, redis.Nil) {
		return e, count, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &e)
	}
	return e, count, err
}
