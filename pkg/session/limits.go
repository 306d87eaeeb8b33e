package session

import (
	"context"
	"time"

	"github.com/claviger-id/claviger/storage"
)

// Limits is how long a session lives, and what of it is stricter for some.
type Limits struct {
	// Idle is the time without activity; SharedIdle the same on a computer
	// that the person called shared.
	Idle, SharedIdle time.Duration
	// Absolute is the longest life.
	Absolute time.Duration
	// Concurrent is how many of them a person may have.
	Concurrent Concurrent
	// Roles is what holds for people with a role besides; zero says nothing. Their
	// own Roles mean nothing.
	Roles map[string]Limits
}

// Of returns what holds for somebody with these roles: of each limit the
// strictest that is said for everybody or for any of the roles.
func (l Limits) Of(roles []string) Limits {
	for _, name := range roles {
		role := l.Roles[name]
		l.Idle = stricter(l.Idle, role.Idle)
		l.SharedIdle = stricter(l.SharedIdle, role.SharedIdle)
		l.Absolute = stricter(l.Absolute, role.Absolute)
		l.Concurrent = l.Concurrent.stricter(role.Concurrent)
	}
	l.Idle = min(l.Idle, l.Absolute)
	l.SharedIdle = min(l.SharedIdle, l.Idle)
	return l
}

func stricter(a, b time.Duration) time.Duration {
	if b > 0 && b < a {
		return b
	}
	return a
}

// stricter is the one that leaves fewer sessions; of two that leave as many, the
// one that refuses sign-ins.
func (c Concurrent) stricter(other Concurrent) Concurrent {
	switch {
	case other.Most <= 0:
		return c
	case c.Most <= 0, other.Most < c.Most:
		return other
	case other.Most == c.Most:
		c.OldestWins = c.OldestWins || other.OldestWins
	}
	return c
}

// limits is what holds for a person.
func (s *Service) limits(ctx context.Context, personID string) (Limits, error) {
	if len(s.Limits.Roles) == 0 {
		return s.Limits.Of(nil), nil // nobody's roles have to be looked up
	}
	var roles []string
	err := s.Store.View(ctx, func(tx storage.Tx) (err error) {
		roles, err = s.Roles(ctx, tx, personID)
		return err
	})
	return s.Limits.Of(roles), err
}

// refuses says that the limits have anybody at all wait until a session ends.
func (l Limits) refuses() bool {
	refuses := func(c Concurrent) bool { return c.Most > 0 && c.OldestWins }
	for _, role := range l.Roles {
		if refuses(role.Concurrent) {
			return true
		}
	}
	return refuses(l.Concurrent)
}
