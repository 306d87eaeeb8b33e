package oidc

import (
	"context"
	"slices"

	"github.com/claviger-id/claviger/oidc/claims"
	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/storage"
)

// known opens what these claims tell of a person. Telling where somebody belongs
// is a use of it.
func known(ctx context.Context, tx storage.Tx, people *person.Directory, found storage.Person, names []string) (claims.Known, error) {
	profile, err := people.Open(found)
	k := claims.Known{Profile: profile, UpdatedAt: found.UpdatedAt}
	if err != nil || !claims.WantsOrganizations(names) {
		return k, err
	}
	held, err := access.Held(ctx, tx, found.ID)
	if err != nil {
		return k, err
	}
	for _, h := range held {
		k.Organizations = append(k.Organizations, claims.Organization{
			ID: h.Organization.ID, Name: h.Organization.Name, Kind: string(h.Organization.Kind), Roles: h.Roles,
		})
	}
	return k, access.Used(ctx, tx, found.ID)
}

// Barred says that an application is for people with a role that the person does
// not have, neither in an organization nor in the profile.
func Barred(ctx context.Context, tx storage.Tx, people *person.Directory, c storage.Client, personID string) (bool, error) {
	found, err := tx.People().Get(ctx, personID)
	if err != nil {
		return false, err
	}
	profile, err := people.Open(found)
	if err != nil {
		return false, err
	}
	roles, err := access.Roles(ctx, tx, personID)
	if err != nil {
		return false, err
	}
	return !slices.ContainsFunc(slices.Concat(roles, profile.Roles), func(r string) bool { return slices.Contains(c.Roles, r) }), nil
}

// recallRoles brings into the state whether the application is for the person at
// all.
func (p *Provider) recallRoles(ctx context.Context, c storage.Client, s *flow.State) error {
	who := s.PersonID()
	if who == "" || len(c.Roles) == 0 {
		return nil
	}
	// Who acts for somebody does what that one may do.
	if acts, decided := s.Acts(); decided && acts.PersonID != "" {
		who = acts.PersonID
	}
	return p.Store.View(ctx, func(tx storage.Tx) (err error) {
		s.Barred, err = Barred(ctx, tx, p.People, c, who)
		return err
	})
}
