package redis

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/claviger-id/claviger/storage"
)

// An entry of the sets that Page reads is the microsecond in which the session began, and
// its id: in the order of the characters, which is that of Redis among equal scores. Until
// the year 2286 it has placeDigits digits.
const placeDigits = 16

func entry(p storage.SessionPlace) string {
	return strconv.FormatInt(p.CreatedAt.UnixMicro(), 10) + p.ID
}

// joinScript enters a session into a set of its shard, and is one script with what makes it
// belong there. Whoever removes the session takes the entry out again. One that Redis itself
// let go of leaves its entry: where a set gets another one, the two oldest are taken out if
// nothing is behind them, so that there are never many, and a set lives no longer than what
// is in it. Entries have one score, so that this finds them in the order of their places.
const joinScript = `
local function join(set, entry, keep, key, id)
  if redis.call('ZADD', set, 0, entry) == 0 then return end
  local prefix = string.sub(key, 1, -#id - 1)
  for _, old in ipairs(redis.call('ZRANGEBYSCORE', set, '-inf', '+inf', 'LIMIT', 0, 2)) do
    if redis.call('EXISTS', prefix .. string.sub(old, 17)) == 0 then redis.call('ZREM', set, old) end
  end
  if redis.call('PEXPIRE', set, keep, 'NX') == 0 then redis.call('PEXPIRE', set, keep, 'GT') end
end
`

// Page merges the shards, which are each in order.
func (s sessions) Page(ctx context.Context, clientID string, after storage.SessionPlace, at time.Time, limit int) ([]storage.Session, storage.SessionPlace, error) {
	set := func(shard string) string {
		if clientID != "" {
			return s.clientKey(shard, clientID)
		}
		return s.allKey(shard)
	}
	from := "-"
	if !after.IsZero() {
		from = "(" + entry(after)
	}
	replies, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range shards {
			p.ZRangeByLex(ctx, set("s"+strconv.Itoa(i)), &redis.ZRangeBy{Min: from, Max: "+", Count: int64(limit) + 1})
		}
		return nil
	})
	if err != nil {
		return nil, storage.SessionPlace{}, classify(err)
	}
	var entries []string
	for _, reply := range replies {
		entries = append(entries, reply.(*redis.StringSliceCmd).Val()...) //nolint:forcetypeassert // ZRangeByLex's own type
	}
	slices.Sort(entries)
	more := len(entries) > limit
	if more {
		entries = entries[:limit]
	}
	ids := make([]string, len(entries))
	for i, e := range entries {
		if len(e) <= placeDigits {
			return nil, storage.SessionPlace{}, malformed("place of a session")
		}
		ids[i] = e[placeDigits:]
	}
	found, gone, err := s.held(ctx, at, ids)
	if err == nil && len(gone) > 0 {
		// What Redis let go of itself. An id never comes back.
		_, err = s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, i := range gone {
				p.ZRem(ctx, set(shard(ids[i])), entries[i])
			}
			return nil
		})
		err = classify(err)
	}
	if err != nil || !more {
		return found, storage.SessionPlace{}, err
	}
	last := entries[limit-1]
	micros, err := strconv.ParseInt(last[:placeDigits], 10, 64)
	if err != nil {
		return nil, storage.SessionPlace{}, malformed("place of a session")
	}
	return found, storage.SessionPlace{CreatedAt: time.UnixMicro(micros).UTC(), ID: last[placeDigits:]}, nil
}
