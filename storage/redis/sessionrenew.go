package redis

import (
	"context"
	"encoding/json"

	"github.com/redis/go-redis/v9"

	"github.com/claviger-id/claviger/storage"
)

// renewSession replaces what does not change otherwise, where it still is what was
// read.
var renewSession = redis.NewScript(`
local f = redis.call('HMGET', KEYS[1], 'record', 'deadline', 'absolute')
local at = tonumber(ARGV[3])
if not f[1] or tonumber(f[2]) <= at or tonumber(f[3]) <= at then return false end
if f[1] ~= ARGV[1] then return 'stale' end
redis.call('HSET', KEYS[1], 'record', ARGV[2])
return redis.call('HMGET', KEYS[1], ` + all + `)`)

func (s sessions) Renew(ctx context.Context, r storage.Renewal) (storage.Session, error) {
	before, err := s.client.HGet(ctx, s.sessionKey(r.SessionID), fieldRecord).Result()
	if err != nil {
		return storage.Session{}, classify(err)
	}
	var record storage.Session
	if json.Unmarshal([]byte(before), &record) != nil {
		return storage.Session{}, malformed("session")
	}
	if !record.Renew(r) {
		return storage.Session{}, storage.ErrStale
	}
	after, err := json.Marshal(record)
	if err != nil {
		return storage.Session{}, malformed("session")
	}
	reply, err := renewSession.Run(ctx, s.client, []string{s.sessionKey(r.SessionID)}, before, after, r.At.UnixMicro()).Result()
	if err != nil {
		return storage.Session{}, classify(err)
	}
	switch r := reply.(type) {
	case string:
		return storage.Session{}, storage.ErrStale
	case []any:
		return read(r)
	}
	return storage.Session{}, malformed("session")
}
