package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// Listing is what an operator wants to see.
type Listing struct {
	Scope
	// Limit is the most sessions that are returned, from 1.
	Limit int
	By    audit.Actor
}

// errEnough ends a look through the sessions.
var errEnough = errors.New("session: enough")

// List returns the sessions of a scope that are alive, the oldest first, and
// records that they were read. more says that there are others, and that the ones
// returned are any of them.
func (s *Service) List(ctx context.Context, l Listing) (all []storage.Session, more bool, err error) {
	if l.Limit < 1 {
		return nil, false, problem.New(problem.Invalid, "The limit must be at least 1.")
	}
	if err := s.check(ctx, l.Scope); err != nil {
		return nil, false, err
	}
	err = s.each(ctx, l.Scope, func(one storage.Session) error {
		if len(all) == l.Limit {
			more = true
			return errEnough
		}
		all = append(all, one)
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, false, fmt.Errorf("session: %w", err)
	}
	slices.SortFunc(all, func(a, b storage.Session) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	if err := s.Store.Tx(ctx, func(tx storage.Tx) error {
		detail := l.detail()
		detail["count"] = strconv.Itoa(len(all))
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.SessionRead, Outcome: audit.OutcomeAllow, Actor: l.By, Subject: l.PersonID, ClientID: l.ClientID, Detail: detail,
		})
	}); err != nil {
		return nil, false, fmt.Errorf("session: %w", err)
	}
	return all, more, nil
}
