package factor

import (
	"context"
	"errors"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/mfa"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// VerifyRecovery spends a recovery code, and tells the person of it. Problems as of
// VerifyTOTP.
func (s *Service) VerifyRecovery(ctx context.Context, personID, code string) error {
	return s.prove(ctx, personID, string(storage.AuthenticatorRecovery), func(ctx context.Context, tx storage.Tx) error {
		normal := mfa.NormalizeRecoveryCode(code)
		if normal == "" {
			return wrongCode
		}
		err := tx.Authenticators().Spend(ctx, personID, secret.Hash(normal))
		if errors.Is(err, storage.ErrUsed) {
			return wrongCode
		}
		if err != nil {
			return err
		}
		return s.tell(ctx, tx, personID, CodeUsed)
	})
}

// ReplaceCodes draws a new set of recovery codes and returns it; it is stored
// nowhere, and the codes before it are worth nothing.
func (s *Service) ReplaceCodes(ctx context.Context, personID string) (codes []string, err error) {
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		if err := hold(ctx, tx, personID); err != nil {
			return err // otherwise two sets, drawn at once, would both be good
		}
		bound, err := Count(ctx, tx, personID)
		if err != nil {
			return err
		}
		if !bound.Any() {
			return problem.New(problem.Conflict, "Recovery codes stand in for a second factor, and there is none.")
		}
		if codes, err = s.drawCodes(ctx, tx, personID); err != nil {
			return err
		}
		return s.tell(ctx, tx, personID, CodesReplaced)
	})
	if err != nil {
		return nil, changed(err)
	}
	return codes, nil
}

func (s *Service) drawCodes(ctx context.Context, tx storage.Tx, personID string) ([]string, error) {
	if _, err := tx.Authenticators().RemoveKind(ctx, personID, storage.AuthenticatorRecovery); err != nil {
		return nil, err
	}
	codes := mfa.NewRecoveryCodes()
	for _, c := range codes {
		// 118 random bits need no slow hash (ASVS 6.5.2).
		if err := tx.Authenticators().Insert(ctx, storage.Authenticator{
			ID: secret.NewID(), PersonID: personID, Kind: storage.AuthenticatorRecovery, Handle: secret.Hash(c), CreatedAt: tx.Now(),
		}); err != nil {
			return nil, err
		}
	}
	return codes, audit.Record(ctx, tx, audit.Event{
		Kind: audit.FactorCodesIssued, Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "person", ID: personID}, Subject: personID,
	})
}
