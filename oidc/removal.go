package oidc

import (
	"context"
	"fmt"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/storage"
)

// Why a client was removed, and its grants with it.
const (
	// RemovedByItself: the application asked for it (RFC 7592 section 2.3).
	RemovedByItself = "client_request"
	// RemovedUnused: nobody had used it for as long as the configuration says.
	RemovedUnused = "unused"
	// endedClientRemoved is why its grants ended.
	endedClientRemoved = "client_removed"
)

// RemoveClient removes a client in a transaction, and all that it was granted.
func RemoveClient(ctx context.Context, tx storage.Tx, c storage.Client, by audit.Actor, reason string) error {
	if err := tx.Clients().Remove(ctx, c.ID, c.Version); err != nil {
		return fmt.Errorf("oidc: client: %w", err)
	}
	if _, err := tx.Registrations().Remove(ctx, c.ID); err != nil {
		return fmt.Errorf("oidc: client: %w", err)
	}
	// Another client with this id would have its roles.
	if _, err := tx.Operators().Dismiss(ctx, storage.OperatorClient, c.ID); err != nil {
		return fmt.Errorf("oidc: client: %w", err)
	}
	ended, err := tx.Grants().EndByClient(ctx, c.ID, endedClientRemoved, tx.Now())
	if err != nil {
		return fmt.Errorf("oidc: client: %w", err)
	}
	for _, g := range ended {
		if err := audit.Record(ctx, tx, audit.Event{
			Kind: audit.GrantEnded, Outcome: audit.OutcomeAllow, Reason: endedClientRemoved, Actor: by,
			Subject: g.PersonID, ClientID: g.ClientID, SessionID: g.SessionID, GrantID: g.ID, Detail: g.Detail.ActingWords(),
		}); err != nil {
			return err
		}
	}
	return audit.Record(ctx, tx, audit.Event{
		Kind: audit.ClientRemoved, Outcome: audit.OutcomeAllow, Reason: reason, Actor: by, ClientID: c.ID,
	})
}
