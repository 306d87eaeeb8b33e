package factor

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

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

// maxCodesOffer bounds the token of an offer of codes, in bytes.
const maxCodesOffer = 1 << 10

// OfferCodes draws a set of recovery codes that a person may take in the place of the
// one before. Nothing is stored: the token that it returns holds the set, sealed for
// this person and occasion, and comes back when the set is taken.
func (s *Service) OfferCodes(personID, occasion string) (token string, err error) {
	value := binary.BigEndian.AppendUint64(nil, uint64(s.Now().Add(offerLife).Unix())) //nolint:gosec // after 1970
	sealed, err := s.Keys.Seal(codesPlace(personID, occasion), append(value, strings.Join(mfa.NewRecoveryCodes(), " ")...))
	if err != nil {
		return "", fmt.Errorf("factor: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

func codesPlace(personID, occasion string) secret.Place {
	return place("codes", personID+"/"+occasion)
}

// offeredCodes opens a token; problem.Conflict when it is over or somebody else's.
func (s *Service) offeredCodes(personID, occasion, token string) ([]string, error) {
	over := func(cause error) error {
		return problem.Wrap(problem.Conflict, "That took too long. Please begin again.", cause)
	}
	if len(token) > maxCodesOffer {
		return nil, over(nil)
	}
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return nil, over(err)
	}
	value, err := s.Keys.Open(codesPlace(personID, occasion), sealed)
	if err != nil {
		return nil, over(err)
	}
	if len(value) <= 8 || s.Now().Unix() >= int64(binary.BigEndian.Uint64(value)) { //nolint:gosec // what OfferCodes wrote
		return nil, over(nil)
	}
	return strings.Fields(string(value[8:])), nil
}

// offeredSet is a set that was offered beside something else that is set up: it is the
// person's first where they have none.
type offeredSet struct {
	token string
	codes []string
}

// beside puts an offered set beside the token of what is to be set up.
func (s *Service) beside(token, personID, occasion string) (string, error) {
	codes, err := s.OfferCodes(personID, occasion)
	return token + separator + codes, err
}

// separator stands in no token.
const separator = "."

// apart takes the two apart again. Problem as of offeredCodes.
func (s *Service) apart(both, personID, occasion string) (token string, set offeredSet, err error) {
	token, set.token, _ = strings.Cut(both, separator)
	set.codes, err = s.offeredCodes(personID, occasion, set.token)
	return token, set, err
}

// keepFirst gives a person a first set: the one that was offered, if it was never taken
// before, so that it can be shown again.
func (s *Service) keepFirst(ctx context.Context, tx storage.Tx, personID string, set offeredSet) ([]string, error) {
	now := s.Now()
	first, err := s.Marks.Set(ctx, takenMark(set.token), now, now.Add(offerLife))
	if err != nil {
		return nil, fmt.Errorf("factor: marks: %w", err)
	}
	codes := set.codes
	if !first {
		codes = mfa.NewRecoveryCodes()
	}
	return codes, s.keepCodes(ctx, tx, personID, codes)
}

func takenMark(token string) string { return "codes:" + hex.EncodeToString(secret.Hash(token)) }

// CodesAgain are the recovery codes that came with something which was set up with this
// token, for who loads the page with them again; nil where it was not, or no code of that
// set is left.
func (s *Service) CodesAgain(ctx context.Context, personID, occasion, token string) (codes []string, err error) {
	_, set, err := s.apart(token, personID, occasion)
	if err != nil {
		return nil, nil //nolint:nilerr // it is over, or none of ours
	}
	err = s.Store.View(ctx, func(tx storage.Tx) error {
		all, err := tx.Authenticators().ByPerson(ctx, personID)
		codes = left(set.codes, all)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("factor: %w", err)
	}
	return codes, nil
}

// takes is how often taking a set is tried because something else was changed at that
// moment, such as by a second press of the button.
const takes = 5

// TakeCodes puts an offered set in the place of the one before, which is worth nothing
// from then on, and returns it. Who takes the same offer once more, as by loading the
// page with the codes again, gets those of the set that are left, and nothing changes.
// with, unless it is nil, is called in the transaction of the change. Problem: Conflict
// when the offer is over, its set was replaced or used up, or there is nothing that codes
// would stand in for.
func (s *Service) TakeCodes(ctx context.Context, personID, occasion, token string, with With) (codes []string, err error) {
	offered, err := s.offeredCodes(personID, occasion, token)
	if err != nil {
		return nil, err
	}
	first := false // this call is the first to take it
	for range takes {
		if codes, err = s.takeCodes(ctx, personID, token, offered, &first, with); !errors.Is(err, storage.ErrStale) {
			break
		}
	}
	if err != nil {
		return nil, changed(err)
	}
	return codes, nil
}

func (s *Service) takeCodes(ctx context.Context, personID, token string, offered []string, first *bool, with With) (codes []string, err error) {
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		if err := hold(ctx, tx, personID); err != nil {
			return err // otherwise two sets, drawn at once, would both be good
		}
		all, err := tx.Authenticators().ByPerson(ctx, personID)
		if err != nil {
			return err
		}
		if codes = left(offered, all); len(codes) > 0 {
			return nil
		}
		if !count(all).Any() {
			return problem.New(problem.Conflict, "Recovery codes stand in for a second factor, and there is none.")
		}
		// Codes that were used, or replaced, do not come back.
		if !*first {
			now := s.Now()
			if *first, err = s.Marks.Set(ctx, takenMark(token), now, now.Add(offerLife)); err != nil {
				return fmt.Errorf("factor: marks: %w", err)
			}
		}
		if !*first {
			return problem.New(problem.Conflict, "These codes do not work any more. Please draw others.")
		}
		if err := s.keepCodes(ctx, tx, personID, offered); err != nil {
			return err
		}
		codes = offered
		if err := s.tell(ctx, tx, personID, CodesReplaced); err != nil || with == nil {
			return err
		}
		return with(ctx, tx)
	})
	return codes, err
}

// left are those of a set that a person still has.
func left(set []string, all []storage.Authenticator) (codes []string) {
	for _, code := range set {
		handle := secret.Hash(code)
		if slices.ContainsFunc(all, func(a storage.Authenticator) bool {
			return a.Kind == storage.AuthenticatorRecovery && bytes.Equal(a.Handle, handle)
		}) {
			codes = append(codes, code)
		}
	}
	return codes
}

// keepCodes puts a set in the place of the one before.
func (s *Service) keepCodes(ctx context.Context, tx storage.Tx, personID string, codes []string) error {
	if _, err := tx.Authenticators().RemoveKind(ctx, personID, storage.AuthenticatorRecovery); err != nil {
		return err
	}
	for _, c := range codes {
		// 118 random bits need no slow hash (ASVS 6.5.2).
		if err := tx.Authenticators().Insert(ctx, storage.Authenticator{
			ID: secret.NewID(), PersonID: personID, Kind: storage.AuthenticatorRecovery, Handle: secret.Hash(c), CreatedAt: tx.Now(),
		}); err != nil {
			return err
		}
	}
	return audit.Record(ctx, tx, audit.Event{
		Kind: audit.FactorCodesIssued, Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "person", ID: personID}, Subject: personID,
	})
}
