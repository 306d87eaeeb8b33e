package main

import (
	"cmp"
	"context"
	"slices"

	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/config"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// sessionLimits is what the configuration says of the life of sessions.
func sessionLimits(c config.Session) session.Limits {
	all := session.Limits{
		Idle: c.Idle.Duration, SharedIdle: c.SharedIdle.Duration, Absolute: c.Absolute.Duration,
		Concurrent: session.Concurrent{Most: c.Concurrent, OldestWins: c.ConcurrentWins == config.WinsOldest},
		Roles:      map[string]session.Limits{},
	}
	for name, r := range c.Roles {
		all.Roles[name] = session.Limits{
			Idle: r.Idle.Duration, SharedIdle: r.SharedIdle.Duration, Absolute: r.Absolute.Duration,
			Concurrent: session.Concurrent{Most: r.Concurrent, OldestWins: cmp.Or(r.ConcurrentWins, c.ConcurrentWins) == config.WinsOldest},
		}
	}
	return all
}

// roles looks up what somebody does here: in words of their profile, and in the
// organizations that they belong to.
func (in *installation) roles(people *person.Directory) func(context.Context, storage.Tx, string) ([]string, error) {
	return func(ctx context.Context, tx storage.Tx, id string) ([]string, error) {
		record, err := tx.People().Get(ctx, id)
		if err != nil {
			return nil, err
		}
		profile, err := people.Open(record)
		if err != nil {
			return nil, err
		}
		held, err := access.Roles(ctx, tx, id)
		return slices.Concat(profile.Roles, held), err
	}
}
