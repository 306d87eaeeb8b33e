package redis

import (
	"context"
	"errors"
	"slices"
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

// setLonger leaves a mark that is there for longer.
const setLonger = `
local until_ = redis.call('GET', KEYS[1])
if until_ and tonumber(until_) >= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`

func (s marks) SetAll(ctx context.Context, at time.Time, all ...storage.Mark) error {
	if len(all) == 0 {
		return nil
	}
	_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, m := range all {
			// The whole script: in a pipeline nobody can send it after a miss.
			p.Eval(ctx, setLonger, []string{s.key("mark", m.Key)}, m.Until.UnixMicro(), keep(at, m.Until))
		}
		return nil
	})
	return classify(err)
}

func (s marks) Any(ctx context.Context, at time.Time, keys ...string) (bool, error) {
	all, err := s.Each(ctx, at, keys...)
	return slices.Contains(all, true), err
}

func (s marks) Each(ctx context.Context, at time.Time, keys ...string) ([]bool, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	replies, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, k := range keys {
			p.Get(ctx, s.key("mark", k))
		}
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, classify(err)
	}
	all := make([]bool, len(keys))
	for i, r := range replies {
		text := r.(*redis.StringCmd).Val() //nolint:forcetypeassert // Get's own type
		if err := r.Err(); err != nil && !errors.Is(err, redis.Nil) {
			return nil, classify(err)
		}
		if text == "" {
			continue
		}
		until, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, malformed("mark")
		}
		all[i] = until > at.UnixMicro()
	}
	return all, nil
}
