package redis

import (
	"context"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/claviger-id/claviger/storage"
)

type attempts struct{ *Store }

var _ storage.Attempts = attempts{}

func (s attempts) Add(ctx context.Context, key string, at time.Time, forget time.Duration) (storage.Attempt, error) {
	n, err := addAttempt.Run(ctx, s.client, []string{s.key("attempt", key)},
		at.UnixMicro(), at.Add(forget).UnixMicro(), keep(at, at.Add(forget))).Int64()
	return storage.Attempt{Count: n, Last: at}, classify(err)
}

var addAttempt = redis.NewScript(`
local expires = redis.call('HGET', KEYS[1], 'expires')
if expires and tonumber(expires) <= tonumber(ARGV[1]) then redis.call('DEL', KEYS[1]) end
local n = redis.call('HINCRBY', KEYS[1], 'count', 1)
redis.call('HSET', KEYS[1], 'last', ARGV[1], 'expires', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return n`)

func (s attempts) Get(ctx context.Context, at time.Time, keys ...string) ([]storage.Attempt, error) {
	replies, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, k := range keys {
			p.HMGet(ctx, s.key("attempt", k), "count", "last", "expires")
		}
		return nil
	})
	if err != nil {
		return nil, classify(err)
	}
	found := make([]storage.Attempt, len(keys))
	for i, r := range replies {
		var n [3]int64
		for j, f := range r.(*redis.SliceCmd).Val() { //nolint:forcetypeassert // HMGet's own type
			text, _ := f.(string)
			if text == "" {
				continue
			}
			if n[j], err = strconv.ParseInt(text, 10, 64); err != nil {
				return nil, malformed("attempt")
			}
		}
		if n[2] > at.UnixMicro() {
			found[i] = storage.Attempt{Count: n[0], Last: time.UnixMicro(n[1]).UTC()}
		}
	}
	return found, nil
}

func (s attempts) Clear(ctx context.Context, keys ...string) error {
	_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, k := range keys {
			p.Del(ctx, s.key("attempt", k))
		}
		return nil
	})
	return classify(err)
}
