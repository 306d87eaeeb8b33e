package admin

import (
	"context"
	"errors"

	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// guard is the store for what this package changes itself.
func (a *API) guard() *Guard { return &Guard{Store: a.Store} }

// known refuses an account that there is not.
func (a *API) known(ctx context.Context, personID string) error {
	err := a.Store.View(ctx, func(tx storage.Tx) error {
		_, err := tx.People().Get(ctx, personID)
		return err
	})
	if errors.Is(err, storage.ErrNotFound) {
		return problem.Wrap(problem.NotFound, "There is no such account.", err)
	}
	return err
}

// at refuses an account that has another version than the one that was read; 0 is any.
func at(ctx context.Context, tx storage.Tx, personID string, version int64) error {
	who, err := tx.People().Get(ctx, personID)
	if err == nil && version != 0 && who.Version != version {
		err = storage.ErrStale
	}
	return err
}

// notOneself refuses what nobody does to their own account.
func (*API) notOneself(by Caller, personID string) error {
	if by.is(personID) {
		return problem.New(problem.Denied, "Nobody decides over their own account.")
	}
	return nil
}

// told says whether the person was told the User ID: whoever has been issued a
// credential was.
func told(ctx context.Context, tx storage.Tx, personID string) (bool, error) {
	_, err := tx.Passwords().Get(ctx, personID)
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func errNoChannel(channel string) error {
	return problem.New(problem.Conflict, "This installation sends nothing by "+channel+".")
}
