package redis

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/claviger-id/claviger/storage"
)

type marks struct{ *Store }

var _ storage.Marks = marks{}

func (s marks) Set(ctx context.Context, key string, at, until time.Time) (bool, error) {
	n, err := setMark.Run(ctx, s.client, []string{s.key("mark", key)}, at.UnixMicro(), until.UnixMicro(), keep(at, until)).Int()
	return n == 1, classify(err)
}

var setMark = redis.NewScript(`
local until_ = redis.call('GET', KEYS[1])
if until_ and tonumber(until_) > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`)

func (s marks) Any(ctx context.Context, at time.Time, keys ...string) (bool, error) {
	replies, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, k := range keys {
			p.Get(ctx, s.key("mark", k))
		}
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return false, classify(err)
	}
	for _, r := range replies {
		text := r.(*redis.StringCmd).Val() //nolint:forcetypeassert // Get's own type
		if err := r.Err(); err != nil && !errors.Is(err, redis.Nil) {
			return false, classify(err)
		}
		if text == "" {
			continue
		}
		until, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return false, malformed("mark")
		}
		if until > at.UnixMicro() {
			return true, nil
		}
	}
	return false, nil
}
