package access

import (
	"context"
	"errors"
	"slices"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/storage"
)

// ErrNotActing says that a person does not act for another one: the delegation is
// over, is somebody else's, or is not for the application.
var ErrNotActing = errors.New("access: nobody acts by this delegation")

// Mandate is a delegation with who is acted for.
type Mandate struct {
	storage.Delegation
	Principal storage.Person
}

// Mandates returns by which delegations a person may act in an application at the
// moment of the transaction. Both have to have active accounts.
func Mandates(ctx context.Context, tx storage.Tx, personID, clientID string) ([]Mandate, error) {
	all, err := tx.Delegations().ByDelegate(ctx, personID, tx.Now(), maxDelegations)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	who, err := tx.People().Get(ctx, personID)
	if err != nil || who.State != storage.PersonActive {
		return nil, err
	}
	var found []Mandate
	for _, d := range all {
		if !slices.Contains(d.Clients, clientID) {
			continue
		}
		principal, err := tx.People().Get(ctx, d.PrincipalID)
		if err != nil {
			return nil, err
		}
		if principal.State == storage.PersonActive {
			found = append(found, Mandate{d, principal})
		}
	}
	return found, nil
}

// Acting returns the mandate by which a grant was made, or ErrNotActing: whatever is
// issued or told rests on a delegation that lives at this moment.
func Acting(ctx context.Context, tx storage.Tx, g storage.Grant) (Mandate, error) {
	if g.Detail.Acting == nil {
		return Mandate{}, ErrNotActing
	}
	d, err := tx.Delegations().Get(ctx, g.Detail.Acting.Delegation)
	return mandate(ctx, tx, g, d, err)
}

// BeginActing does the same for a grant that begins, and records who acts for whom.
// Whoever ends the delegation meanwhile finds the grant.
func BeginActing(ctx context.Context, tx storage.Tx, g storage.Grant) (Mandate, error) {
	if g.Detail.Acting == nil {
		return Mandate{}, ErrNotActing
	}
	d, err := tx.Delegations().Use(ctx, g.Detail.Acting.Delegation, tx.Now())
	if errors.Is(err, storage.ErrEnded) {
		return Mandate{}, ErrNotActing
	}
	m, err := mandate(ctx, tx, g, d, err)
	if err != nil {
		return m, err
	}
	e := delegationEvent(audit.DelegationUsed, d, "", audit.Actor{Type: "person", ID: d.DelegateID})
	e.ClientID, e.SessionID, e.GrantID = g.ClientID, g.SessionID, g.ID
	return m, audit.Record(ctx, tx, e)
}

func mandate(ctx context.Context, tx storage.Tx, g storage.Grant, d storage.Delegation, err error) (Mandate, error) {
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return Mandate{}, ErrNotActing
	case err != nil:
		return Mandate{}, err
	case !d.Lives(tx.Now()), d.DelegateID != g.PersonID, d.PrincipalID != g.Detail.Acting.PrincipalID, !slices.Contains(d.Clients, g.ClientID):
		return Mandate{}, ErrNotActing
	}
	delegate, err := tx.People().Get(ctx, d.DelegateID)
	if err != nil {
		return Mandate{}, err
	}
	principal, err := tx.People().Get(ctx, d.PrincipalID)
	if err != nil {
		return Mandate{}, err
	}
	if delegate.State != storage.PersonActive || principal.State != storage.PersonActive {
		return Mandate{}, ErrNotActing
	}
	return Mandate{d, principal}, nil
}
