package main

import (
	"context"
	"errors"
	"strings"

	"github.com/claviger-id/claviger/storage/redis"
)

// ephemeral checks the store of sessions.
func (d *doctor) ephemeral(ctx context.Context) {
	const check = "redis"
	if d.in.config.Data.RedisFile == "" {
		d.found(check, findingSkipped, "sessions are kept in the embedded store", "")
		return
	}
	store, _, err := d.in.openEphemeral(ctx)
	if redis.SnapshotFailed(err) {
		d.found(check, findingFailed, "Redis takes no writes, because its last snapshot could not be written", "look at its disk and its log; nobody signs in until it can")
		return
	}
	var denied redis.DeniedError
	if errors.As(err, &denied) {
		d.found(check, findingFailed, "the user may not run "+strings.Join(denied.Commands, ", ")+" on "+denied.Keys, "give it the commands and keys that docs/redis.md lists; the server does not start without")
		return
	}
	if err != nil {
		d.found(check, findingFailed, explain(err), "see whether Redis answers, and data.redis_url_file")
		return
	}
	defer func() { _ = store.Close() }()
	s, ok := store.(*redis.Store)
	if !ok {
		return
	}
	server, err := s.Inspect(ctx)
	switch {
	case errors.Is(err, redis.ErrNotAllowed):
		d.found(check, findingSkipped, "the user may not ask how Redis is set up", "add +info to its commands to have persistence and eviction checked")
		return
	case err != nil:
		d.found(check, findingFailed, explain(err), "see whether Redis answers")
		return
	}
	sound := true
	if server.Policy != "noeviction" {
		sound = false
		d.found(check, findingFailed, "maxmemory-policy is "+server.Policy, "set it to noeviction: any other forgets sessions that live and tokens that were revoked")
	}
	if !server.AppendOnly {
		sound = false
		d.found(check, findingWarning, "appendonly is off: a restart of Redis signs everybody out", "set appendonly yes and appendfsync everysec")
	}
	if !server.Snapshots {
		sound = false
		d.found(check, findingWarning, "the last snapshot of Redis could not be written", "look at its disk and its log")
	}
	if sound {
		d.found(check, findingOK, "Redis "+server.Version+" forgets nothing", "")
	}
}
