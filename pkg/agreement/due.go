package agreement

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/claviger-id/claviger/storage"
)

// Due is a version that a person has not accepted.
type Due struct {
	Audience, Version string
	// Languages are those that there is a text in.
	Languages []string
	// Must says that it cannot be put off, Until when that begins.
	Must  bool
	Until time.Time
}

// Due is what a person has to accept, what cannot be put off before the rest.
func (s *Service) Due(ctx context.Context, personID string) (due []Due, err error) {
	if !s.asks() {
		return nil, nil
	}
	err = s.Store.View(ctx, func(tx storage.Tx) (err error) {
		due, err = s.due(ctx, tx, personID)
		return err
	})
	return due, err
}

// Refuses says, in the caller's transaction, that a person may get nothing more
// before they have accepted a version.
func (s *Service) Refuses(ctx context.Context, tx storage.Tx, personID string) (bool, error) {
	due, err := s.due(ctx, tx, personID)
	return len(due) > 0 && due[0].Must, err
}

// asks says that there is a version in force, which saves everybody else a look-up.
func (s *Service) asks() bool { return len(inForce(*s.published.Load(), s.Now())) > 0 }

func (s *Service) due(ctx context.Context, tx storage.Tx, personID string) ([]Due, error) {
	now := s.Now()
	current := inForce(*s.published.Load(), now)
	if len(current) == 0 {
		return nil, nil
	}
	if slices.ContainsFunc(current, func(v version) bool { return v.audience != Everyone }) {
		roles, err := s.Roles(ctx, tx, personID)
		if err != nil {
			return nil, fmt.Errorf("agreement: roles: %w", err)
		}
		current = slices.DeleteFunc(current, func(v version) bool {
			return v.audience != Everyone && !slices.Contains(roles, v.audience)
		})
	}
	accepted, err := tx.Agreements().Accepted(ctx, personID)
	if err != nil {
		return nil, fmt.Errorf("agreement: %w", err)
	}
	var due []Due
	for _, v := range current {
		stands, takenBack := standing(accepted, v)
		if stands {
			continue
		}
		until := v.effective.Add(v.grace)
		// Who took a yes back has read it: there is nothing to put off.
		due = append(due, Due{
			Audience: v.audience, Version: v.name, Languages: v.languages, Until: until, Must: takenBack || !now.Before(until),
		})
	}
	slices.SortStableFunc(due, func(a, b Due) int {
		switch {
		case a.Must == b.Must:
			return 0
		case a.Must:
			return -1
		}
		return 1
	})
	return due, nil
}

func standing(accepted []storage.Acceptance, v version) (stands, takenBack bool) {
	for _, a := range accepted {
		if a.Audience == v.audience && a.Version == v.name {
			stands = stands || a.WithdrawnAt.IsZero()
			takenBack = takenBack || !a.WithdrawnAt.IsZero()
		}
	}
	return stands, takenBack
}
