package redis

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// Hook has a hook see what the store asks of Redis.
func (s *Store) Hook(h redis.Hook) { s.client.AddHook(h) }

// Client is what the store asks.
func (s *Store) Client() redis.UniversalClient { return s.client }

// KeyPrefix is what all keys begin with.
func (s *Store) KeyPrefix() string { return s.prefix }

// Lose has a session be gone as if Redis had let go of it by itself.
func (s *Store) Lose(ctx context.Context, id string) error {
	return s.client.Del(ctx, sessions{s}.sessionKey(id)).Err()
}

// Shard is the shard of a session.
func Shard(id string) string { return shard(id) }

// Entries is how many entries the sets of a shard have: of all, and of a client.
func (s *Store) Entries(ctx context.Context, shard, client string) (all, of int64, err error) {
	if all, err = s.client.ZCard(ctx, sessions{s}.allKey(shard)).Result(); err != nil {
		return 0, 0, err
	}
	of, err = s.client.ZCard(ctx, sessions{s}.clientKey(shard, client)).Result()
	return all, of, err
}

// Lives is how long Redis keeps the set of a client in the shard of a session, and the
// session.
func (s *Store) Lives(ctx context.Context, id, client string) (set, session time.Duration, err error) {
	if set, err = s.client.PTTL(ctx, sessions{s}.clientKey(shard(id), client)).Result(); err != nil {
		return 0, 0, err
	}
	session, err = s.client.PTTL(ctx, sessions{s}.sessionKey(id)).Result()
	return set, session, err
}
