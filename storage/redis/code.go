package redis

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/claviger-id/claviger/storage"
)

type codes struct{ *Store }

var _ storage.Codes = codes{}

func (s codes) codeKey(hash []byte) string { return s.key("code", hex.EncodeToString(hash)) }

func (s codes) Save(ctx context.Context, c storage.Code, a *storage.Activity) error {
	text, err := json.Marshal(c)
	if err != nil {
		return malformed("code")
	}
	var acted, saved *redis.Cmd
	// Two scripts in one round trip: a session and a code live on different
	// nodes of a cluster. A code that was saved for a session that turns out
	// to be dead was told to nobody, and is taken away again.
	_, err = s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		if a != nil {
			acted = p.Eval(ctx, actScript, sessions(s).actKeys(*a), sessions(s).actArgs(*a)...)
		}
		saved = p.Eval(ctx, saveCode, []string{s.codeKey(c.Hash)}, text, c.ExpiresAt.UnixMicro(), c.KeepUntil.UnixMicro(), keep(c.ExpiresAt, c.KeepUntil))
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return classify(err)
	}
	n, err := saved.Int()
	if err != nil {
		return classify(err)
	}
	if n == 0 {
		return storage.ErrConflict
	}
	if acted != nil && (errors.Is(acted.Err(), redis.Nil) || acted.Val() == actEnded) {
		if err := s.client.Del(ctx, s.codeKey(c.Hash)).Err(); err != nil {
			return classify(err)
		}
		return storage.ErrEnded
	}
	return nil
}

const saveCode = `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'record', ARGV[1], 'expires', ARGV[2], 'keep', ARGV[3], 'used', 0)
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1`

func (s codes) Redeem(ctx context.Context, hash []byte, sessionID string, at time.Time) (storage.Code, error) {
	var redeemed *redis.Cmd
	var session *redis.SliceCmd
	// The code is spent in one script; the session, which may live on another
	// node of a cluster, is looked at in the same round trip.
	_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		redeemed = p.Eval(ctx, redeemCode, []string{s.codeKey(hash)}, at.UnixMicro())
		if sessionID != "" {
			session = sessions(s).fields(ctx, p, sessionID)
		}
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return storage.Code{}, classify(err)
	}
	row, err := redeemed.Slice()
	if err != nil {
		return storage.Code{}, classify(err)
	}
	if len(row) != 2 {
		return storage.Code{}, malformed("code")
	}
	text, _ := row[0].(string)
	var c storage.Code
	if json.Unmarshal([]byte(text), &c) != nil {
		return storage.Code{}, malformed("code")
	}
	if row[1] != "0" {
		return c, storage.ErrUsed
	}
	if session == nil {
		return c, nil
	}
	if session.Err() != nil {
		return c, classify(session.Err())
	}
	switch r, err := read(session.Val()); {
	case errors.Is(err, storage.ErrNotFound), err == nil && !r.Alive(at):
		return c, storage.ErrEnded
	case err != nil:
		return c, err
	}
	return c, nil
}

const redeemCode = `
local f = redis.call('HMGET', KEYS[1], 'record', 'expires', 'keep', 'used')
local at = tonumber(ARGV[1])
if not f[1] or tonumber(f[3]) <= at then return false end
if f[4] == '0' then
  if tonumber(f[2]) <= at then return false end
  redis.call('HSET', KEYS[1], 'used', 1)
end
return {f[1], f[4]}`
