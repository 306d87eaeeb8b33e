package admin

import (
	"context"
	"errors"
	"net/http"

	"github.com/claviger-id/claviger/storage"
)

// Admit lets another part of the admin listener ask who sends a request, and whether
// they may do an operation of Beside. What it returns an error for, is recorded. The
// services on a Guard work in the context that it returns. It is called after Handler.
func (a *API) Admit(w http.ResponseWriter, r *http.Request, operation string) (context.Context, Caller, error) {
	by, err := a.admit(w, r, operation)
	if err != nil {
		return nil, Caller{}, err
	}
	return context.WithValue(r.Context(), exchangeKey{}, &exchange{by: by}), by, nil
}

// Refused records that the role of a caller was taken away while they asked, when an
// error says so, and returns what they are told. Other errors it returns as they are.
func (a *API) Refused(ctx context.Context, operation string, err error) error {
	var no *refusal
	if errors.As(err, &no) {
		return a.refuse(ctx, operation, no)
	}
	return err
}

// ended says that the organization of a role, if it is for one, is not active any more:
// with it the role ends.
func ended(ctx context.Context, tx storage.Tx, organizationID string) (bool, error) {
	if organizationID == "" {
		return false, nil
	}
	o, err := tx.Organizations().Get(ctx, organizationID)
	return err == nil && o.State != storage.OrganizationActive, err
}

// organization is the one that a role of a caller is for. over says that it is not
// active any more.
func (a *API) organization(ctx context.Context, by Caller) (id string, over bool, err error) {
	if by.Role != RoleProvisioner {
		return "", false, nil
	}
	err = a.Store.View(ctx, func(tx storage.Tx) error {
		o, err := tx.Operators().Get(ctx, by.kind, by.id, string(by.Role))
		if err != nil {
			return err
		}
		id = o.OrganizationID
		over, err = ended(ctx, tx, id)
		return err
	})
	return id, over, err
}
