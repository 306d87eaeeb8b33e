package enroll

import (
	"context"
	"fmt"
	"strings"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/storage"
)

const (
	// searched is how many profiles are opened for one page. Names are sealed, so that
	// no index finds them; whoever asks goes on where the look ended.
	searched = 20_000
	// searchBatch is how many of them are read at once.
	searchBatch = 500
)

// Search returns up to limit accounts that pass every filter and whose ID comes after
// the given one, by ID, and the ID to go on after; it is empty at the end. A page may
// have fewer accounts than the limit, or none, while there are more. That they were
// read is recorded.
func (s *Accounts) Search(ctx context.Context, after string, limit int, f Filter, by audit.Actor) (found []Account, next string, err error) {
	err = s.Store.View(ctx, func(tx storage.Tx) error {
		found, next = nil, ""
		for looked := 0; ; {
			people, err := s.choose(ctx, tx, after, searchBatch, f)
			if err != nil {
				return err
			}
			for _, p := range people {
				profile, err := s.People.Open(p)
				if err != nil {
					return err
				}
				if after = p.ID; !f.passes(profile) {
					continue
				}
				if found = append(found, Account{p, profile}); len(found) == limit {
					next = after
					return nil
				}
			}
			if len(people) < searchBatch {
				return nil
			}
			if looked += len(people); looked >= searched {
				next = after
				return nil
			}
		}
	})
	if err != nil {
		return nil, "", fmt.Errorf("enroll: %w", err)
	}
	err = s.Store.Tx(ctx, func(tx storage.Tx) error { return f.record(ctx, tx, len(found), by) })
	if err != nil {
		return nil, "", fmt.Errorf("enroll: %w", err)
	}
	return found, next, nil
}

// passes says whether a profile has what only it can tell.
func (f Filter) passes(p person.Profile) bool {
	return strings.HasPrefix(person.Fold(p.UserID), person.Fold(f.UserIDPrefix)) &&
		(f.FamilyName == "" || person.Fold(p.FamilyName) == person.Fold(f.FamilyName)) &&
		(f.Organization == "" || person.Fold(p.Organization) == person.Fold(f.Organization))
}
