package session

import (
	"context"
	"fmt"

	"github.com/claviger-id/claviger/storage"
)

// membersPage is how many memberships are read at once.
const membersPage = 200

// roster is a way through whoever has a role in an organization now, or in one that is
// part of it: each organization comes before its parts, and is named by where one is.
type roster struct {
	whole string // the organization that all are part of
	at    string // one of them, or empty at the end
	after string // the last membership that was read there
}

// next reads some of the memberships after a place, perhaps none, and moves on. Each step
// costs about the same, wherever it is: an organization never gets another parent.
func (r *roster) next(ctx context.Context, tx storage.Tx, limit int) ([]storage.Membership, error) {
	some, err := tx.Memberships().ByOrganization(ctx, r.at, r.after, tx.Now(), limit)
	if err != nil {
		return nil, err
	}
	if len(some) == limit {
		r.after = some[limit-1].ID
		return some, nil
	}
	r.after = ""
	parts, err := tx.Organizations().Children(ctx, r.at, "", 1)
	for err == nil && len(parts) == 0 && r.at != r.whole {
		var here storage.Organization
		if here, err = tx.Organizations().Get(ctx, r.at); err == nil {
			r.at = here.ParentID
			parts, err = tx.Organizations().Children(ctx, here.ParentID, here.ID, 1)
		}
	}
	if r.at = ""; len(parts) > 0 {
		r.at = parts[0].ID
	}
	return some, err
}

// within says that the place is in the organization that it claims to be part of.
func (r *roster) within(ctx context.Context, tx storage.Tx) (bool, error) {
	for id := r.at; id != r.whole; {
		o, err := tx.Organizations().Get(ctx, id)
		if err != nil || o.ParentID == "" {
			return false, err
		}
		id = o.ParentID
	}
	return true, nil
}

// members calls fn with the memberships of an organization and of its parts, and stops at
// its first error: who has seen enough reads no further. fn may change what is stored.
func (s *Service) members(ctx context.Context, organizationID string, fn func([]storage.Membership) error) error {
	for at := (roster{whole: organizationID, at: organizationID}); at.at != ""; {
		some, next, err := s.step(ctx, at)
		if err == nil {
			err = fn(some)
		}
		if err != nil {
			return err
		}
		at = next
	}
	return nil
}

// step is one step of the way, and where it leads to.
func (s *Service) step(ctx context.Context, at roster) (some []storage.Membership, next roster, err error) {
	if err := s.Store.View(ctx, func(tx storage.Tx) error {
		next = at
		some, err = next.next(ctx, tx, membersPage)
		return err
	}); err != nil {
		return nil, roster{}, fmt.Errorf("session: %w", err)
	}
	return some, next, nil
}
