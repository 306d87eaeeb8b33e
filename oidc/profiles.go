package oidc

import (
	"context"
	"strings"

	"github.com/claviger-id/claviger/oidc/claims"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/storage"
)

// Profiles reads claims about people, and records that they were read.
type Profiles struct {
	Store  storage.Store
	People *person.Directory
}

// Claims returns those of the names that are known of whom the tokens of a grant are
// about.
func (p Profiles) Claims(ctx context.Context, g storage.Grant, names []string) (told map[string]any, err error) {
	about, detail := g.PersonID, map[string]string{}
	if acting := g.Detail.Acting; acting != nil {
		about, names = acting.PrincipalID, claims.WhileActing(names)
		detail["delegation"], detail["delegate"] = acting.Delegation, g.PersonID
	}
	detail["claims"] = strings.Join(names, " ")
	err = p.Store.Tx(ctx, func(tx storage.Tx) error {
		found, err := tx.People().Get(ctx, about)
		if err != nil {
			return err
		}
		k, err := known(ctx, tx, p.People, found, names)
		if err != nil {
			return err
		}
		told = claims.Named(names, k)
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.UserinfoRead, Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "system"}, Subject: found.ID,
			Detail: detail,
		})
	})
	return told, err
}
