package main

import (
	"context"
	"time"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/oidc/backchannel"
	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/mail"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// delegations is who acts for whom, in the protocol.
func (in *installation) delegations(ephemeral storage.Ephemeral, clients *oidc.Clients, sessions *session.Service, logouts *backchannel.Logouts) *oidc.Delegations {
	return &oidc.Delegations{
		Store: in.store, Clients: clients, Marks: ephemeral.Marks(), Choices: ephemeral.Interactions(),
		TombstoneFor: in.config.Tokens.Access.Duration + tombstoneSlack, Sessions: sessions, Logouts: logouts,
		Required: in.requiredACR, Now: in.now,
	}
}

// tellOfDelegation writes to both people of a delegation; nil where nothing is mailed.
func (in *installation) tellOfDelegation() func(ctx context.Context, tx storage.Tx, d storage.Delegation, granted bool) error {
	notices := in.notices()
	if notices == nil {
		return nil
	}
	return func(ctx context.Context, tx storage.Tx, d storage.Delegation, granted bool) error {
		var principal, delegate mail.Message = mail.DelegationEnded{When: tx.Now()}, mail.ActingEnded{When: tx.Now()}
		if granted {
			principal, delegate = mail.DelegationGranted{When: tx.Now(), Until: d.EndsAt}, mail.ActingGranted{When: tx.Now(), Until: d.EndsAt}
		}
		if err := notices.Tell(ctx, tx, d.PrincipalID, principal); err != nil {
			return err
		}
		return notices.Tell(ctx, tx, d.DelegateID, delegate)
	}
}

// delegationDocument is a delegation as the commands print it.
type delegationDocument struct {
	ID        string    `json:"delegation"`
	Principal string    `json:"principal"`
	Delegate  string    `json:"delegate"`
	Clients   []string  `json:"clients"`
	Purpose   string    `json:"purpose"`
	GrantedBy string    `json:"granted_by"`
	Since     time.Time `json:"since"`
	EndsAt    time.Time `json:"ends_at"`
	UsedAt    time.Time `json:"used_at,omitzero"`
}

func describeDelegations(all ...access.Delegation) []delegationDocument {
	list := []delegationDocument{}
	for _, d := range all {
		list = append(list, delegationDocument{
			ID: d.ID, Principal: d.Principal.UserID, Delegate: d.Delegate.UserID, Clients: d.Clients, Purpose: d.Purpose,
			GrantedBy: d.GrantedBy, Since: d.Since, EndsAt: d.EndsAt, UsedAt: d.UsedAt,
		})
	}
	return list
}
