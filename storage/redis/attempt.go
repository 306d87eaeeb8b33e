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

// Reserve asks all claims in one round trip. They may live on different nodes
// of a cluster; where one has to wait, what was entered in others is taken back.
func (s attempts) Reserve(ctx context.Context, at time.Time, claims ...storage.Claim) (time.Duration, error) {
	replies, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, c := range claims {
			args := []any{at.UnixMicro(), at.Add(c.Forget).UnixMicro(), keep(at, at.Add(c.Forget)), c.Free}
			for _, w := range c.Waits {
				args = append(args, w.Microseconds())
			}
			p.Eval(ctx, reserveAttempt, []string{s.key("attempt", c.Key)}, args...)
		}
		return nil
	})
	if err != nil {
		return 0, classify(err)
	}
	var wait time.Duration
	var entered []string
	for i, r := range replies {
		us, err := r.(*redis.Cmd).Int64() //nolint:forcetypeassert // Eval's own type
		if err != nil {
			return 0, classify(err)
		}
		if us == 0 {
			entered = append(entered, claims[i].Key)
		}
		wait = max(wait, time.Duration(us)*time.Microsecond)
	}
	if wait > 0 && len(entered) > 0 {
		return wait, s.Return(ctx, at, entered...)
	}
	return wait, nil
}

// reserveAttempt is storage.Claim.Wait and what follows.
const reserveAttempt = `
local at = tonumber(ARGV[1])
local f = redis.call('HMGET', KEYS[1], 'count', 'last', 'expires')
if f[3] and tonumber(f[3]) <= at then
  redis.call('DEL', KEYS[1])
  f = {false, false, false}
end
local over = tonumber(f[1] or 0) - tonumber(ARGV[4])
if over > 0 and #ARGV > 4 then
  local wait = tonumber(f[2]) + tonumber(ARGV[math.min(4 + over, #ARGV)]) - at
  if wait > 0 then return wait end
end
redis.call('HINCRBY', KEYS[1], 'count', 1)
redis.call('HSET', KEYS[1], 'prior', f[2] or 0, 'last', ARGV[1], 'expires', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 0`

// Return puts last back to what it was, and with it the time of forgetting,
// unless another attempt came after.
func (s attempts) Return(ctx context.Context, at time.Time, keys ...string) error {
	_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, k := range keys {
			p.Eval(ctx, returnAttempt, []string{s.key("attempt", k)}, at.UnixMicro())
		}
		return nil
	})
	return classify(err)
}

const returnAttempt = `
local f = redis.call('HMGET', KEYS[1], 'count', 'last', 'prior', 'expires')
if not f[1] then return 0 end
if tonumber(f[1]) <= 1 then return redis.call('DEL', KEYS[1]) end
redis.call('HINCRBY', KEYS[1], 'count', -1)
if f[2] == ARGV[1] and f[3] then
  redis.call('HSET', KEYS[1], 'last', f[3], 'expires', string.format('%.0f', f[4] - f[2] + f[3]))
end
return 1`

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
