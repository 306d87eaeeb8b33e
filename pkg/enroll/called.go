package enroll

import (
	"context"
	"errors"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// Called is what an account is called: one of these.
type Called struct {
	// ID is the one that the audit log has, and Subject the one that applications have.
	ID, Subject string
	// Any is one of them, or the User ID.
	Any string
}

// FindCalled returns the account that is called so, opened, and records that it was read.
// Problems: NotFound; Conflict when one is the User ID of one and the ID of another.
func (s *Accounts) FindCalled(ctx context.Context, c Called, by audit.Actor) (storage.Person, person.Profile, error) {
	return s.read(ctx, func(ctx context.Context, tx storage.Tx) (found storage.Person, err error) {
		finds := []func() (storage.Person, error){}
		if c.Any != "" {
			finds = append(finds, func() (storage.Person, error) { return tx.People().ByUserID(ctx, s.People.UserIDIndex(c.Any)) })
		}
		if id := c.Any + c.ID; id != "" {
			finds = append(finds, func() (storage.Person, error) { return tx.People().Get(ctx, id) })
		}
		if subject := c.Any + c.Subject; subject != "" {
			finds = append(finds, func() (storage.Person, error) { return tx.People().BySubject(ctx, subject) })
		}
		for _, find := range finds {
			one, err := find()
			switch {
			case errors.Is(err, storage.ErrNotFound):
				continue
			case err != nil:
				return found, err
			case found.ID != "" && found.ID != one.ID:
				return found, problem.New(problem.Conflict, "Several accounts are called so. Say whether it is an ID or a subject.")
			}
			found = one
		}
		if found.ID == "" {
			return found, problem.New(problem.NotFound, "There is no account with this User ID, ID or subject.")
		}
		return found, nil
	}, by)
}
