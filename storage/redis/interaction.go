package redis

import (
	"context"
	"encoding/json"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/claviger-id/claviger/storage"
)

type interactions struct{ *Store }

var _ storage.Interactions = interactions{}

func (s interactions) interactionKey(id string) string { return s.key("interaction", id) }

func (s interactions) Create(ctx context.Context, i storage.Interaction) error {
	i.Version = 1
	text, err := json.Marshal(i)
	if err != nil {
		return malformed("interaction")
	}
	n, err := createInteraction.Run(ctx, s.client, []string{s.interactionKey(i.ID)}, text, i.ExpiresAt.UnixMicro(), keep(i.CreatedAt, i.ExpiresAt)).Int()
	if err == nil && n == 0 {
		return storage.ErrConflict
	}
	return classify(err)
}

var createInteraction = redis.NewScript(`
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'record', ARGV[1], 'version', 1, 'expires', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`)

func (s interactions) Get(ctx context.Context, id string, at time.Time) (storage.Interaction, error) {
	text, err := s.client.HGet(ctx, s.interactionKey(id), "record").Bytes()
	if err != nil {
		return storage.Interaction{}, classify(err)
	}
	var i storage.Interaction
	if json.Unmarshal(text, &i) != nil {
		return storage.Interaction{}, malformed("interaction")
	}
	if !i.ExpiresAt.After(at) {
		return storage.Interaction{}, storage.ErrNotFound
	}
	return i, nil
}

func (s interactions) Update(ctx context.Context, i storage.Interaction, at time.Time) error {
	now, err := s.Get(ctx, i.ID, at)
	if err != nil {
		return err
	}
	if now.Version != i.Version {
		return storage.ErrStale
	}
	now.State, now.ExpiresAt = i.State, i.ExpiresAt
	now.Version++
	text, err := json.Marshal(now)
	if err != nil {
		return malformed("interaction")
	}
	return changed(updateInteraction.Run(ctx, s.client, []string{s.interactionKey(i.ID)},
		at.UnixMicro(), i.Version, text, now.ExpiresAt.UnixMicro(), keep(at, now.ExpiresAt)).Int())
}

// What the two scripts below answer.
const (
	answerGone  = 0
	answerStale = 1
)

func changed(answer int, err error) error {
	switch {
	case err != nil:
		return classify(err)
	case answer == answerGone:
		return storage.ErrNotFound
	case answer == answerStale:
		return storage.ErrStale
	}
	return nil
}

var updateInteraction = redis.NewScript(`
local f = redis.call('HMGET', KEYS[1], 'version', 'expires')
if not f[1] or tonumber(f[2]) <= tonumber(ARGV[1]) then return 0 end
if f[1] ~= ARGV[2] then return 1 end
redis.call('HSET', KEYS[1], 'record', ARGV[3], 'version', tonumber(ARGV[2]) + 1, 'expires', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 2`)

func (s interactions) Take(ctx context.Context, id string, version int64, at time.Time) error {
	return changed(takeInteraction.Run(ctx, s.client, []string{s.interactionKey(id)}, at.UnixMicro(), version).Int())
}

var takeInteraction = redis.NewScript(`
local f = redis.call('HMGET', KEYS[1], 'version', 'expires')
if not f[1] or tonumber(f[2]) <= tonumber(ARGV[1]) then return 0 end
if f[1] ~= ARGV[2] then return 1 end
redis.call('DEL', KEYS[1])
return 2`)
