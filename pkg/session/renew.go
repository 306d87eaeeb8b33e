package session

import (
	"context"
	"fmt"
	"strings"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// Renew notes that the person of a session has authenticated anew in it, or has changed
// there what they prove themselves with, and returns
// the value of its new cookie: the one before is worth nothing from then on (ASVS
// 7.2.4). To applications it is the same session, and it lives no longer than it
// would have. storage.ErrNotFound when it has ended, storage.ErrStale when somebody
// else renewed it at this moment.
func (s *Service) Renew(ctx context.Context, record storage.Session, b Beginning) (cookie string, after storage.Session, err error) {
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.SessionRenewed, Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "person", ID: record.PersonID},
			Subject: record.PersonID, SessionID: record.ID, Detail: map[string]string{"amr": strings.Join(b.AMR, " ")},
		})
	})
	if err != nil {
		return "", after, fmt.Errorf("session: %w", err)
	}
	token := secret.NewToken()
	after, err = s.Ephemeral.Sessions().Renew(ctx, storage.Renewal{
		SessionID: record.ID, At: s.Now(), Was: record.SecretHash, SecretHash: secret.Hash(token), AuthTime: b.AuthTime, ACR: b.ACR, AMR: b.AMR,
	})
	if err == nil {
		after, err = s.Touch(ctx, record.ID)
	}
	if err != nil {
		return "", after, fmt.Errorf("session: %w", err)
	}
	return record.ID + "." + token, after, nil
}
