package factor

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/claviger-id/claviger/pkg/mfa"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// offerLife is how long a person may take from seeing a secret to typing its first
// code.
const offerLife = 30 * time.Minute

// Offer is a secret that a person may take over.
type Offer struct {
	// Token is the secret, sealed for this person and occasion; it comes back with
	// the first code. Nothing is stored before.
	Token string
	// Text is the secret for who types it, Picture for who scans it.
	Text    string
	Picture mfa.Picture
}

// OfferTOTP draws a secret. occasion is the interaction or session in which that
// happens; userID is under which the application on the telephone files it.
func (s *Service) OfferTOTP(personID, occasion, userID string) (Offer, error) {
	key := mfa.NewTOTPKey()
	value := binary.BigEndian.AppendUint64(nil, uint64(s.Now().Add(offerLife).Unix())) //nolint:gosec // after 1970
	sealed, err := s.Keys.Seal(offerPlace(personID, occasion), append(value, key...))
	if err != nil {
		return Offer{}, fmt.Errorf("factor: %w", err)
	}
	token, err := s.beside(base64.RawURLEncoding.EncodeToString(sealed), personID, occasion)
	if err != nil {
		return Offer{}, err
	}
	return s.show(key, userID, token)
}

// Again shows an offer again, after a code that was not right.
func (s *Service) Again(personID, occasion, userID, token string) (Offer, error) {
	alone, _, err := s.apart(token, personID, occasion)
	if err != nil {
		return Offer{}, err
	}
	key, err := s.offered(personID, occasion, alone)
	if err != nil {
		return Offer{}, err
	}
	return s.show(key, userID, token)
}

func (s *Service) show(key []byte, userID, token string) (Offer, error) {
	picture, err := mfa.NewPicture(mfa.TOTPAddress(key, s.Name, userID))
	return Offer{Token: token, Text: mfa.TOTPText(key), Picture: picture}, err
}

func offerPlace(personID, occasion string) secret.Place {
	return place("offer", personID+"/"+occasion)
}

// maxToken bounds a token, in bytes.
const maxToken = 200

// offered opens a token; problem.Conflict when it is over or somebody else's.
func (s *Service) offered(personID, occasion, token string) ([]byte, error) {
	over := func(cause error) error {
		return problem.Wrap(problem.Conflict, "That took too long. Please begin again.", cause)
	}
	if len(token) > maxToken {
		return nil, over(nil)
	}
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return nil, over(err)
	}
	value, err := s.Keys.Open(offerPlace(personID, occasion), sealed)
	if err != nil {
		return nil, over(err)
	}
	if len(value) <= 8 || s.Now().Unix() >= int64(binary.BigEndian.Uint64(value)) { //nolint:gosec // what OfferTOTP wrote
		return nil, over(nil)
	}
	return value[8:], nil
}

// BindTOTP binds an offered secret with its first code, which proves that the
// telephone has it, and is used up. Where the person has no recovery codes it
// returns a first set, which is stored nowhere, and which CodesAgain returns again. Problems: Invalid for a wrong code,
// Conflict for an offer that is over or was bound already.
func (s *Service) BindTOTP(ctx context.Context, personID, occasion, token, code, name string) ([]string, error) {
	return s.ReplaceTOTP(ctx, personID, occasion, token, code, name, "", nil)
}

// ReplaceTOTP does the same, and removes one of the person in the same transaction;
// with none to replace it is BindTOTP. with, unless it is nil, is called in that
// transaction. Problems besides: NotFound for one that is not there.
func (s *Service) ReplaceTOTP(ctx context.Context, personID, occasion, token, code, name, replaces string, with With) ([]string, error) {
	alone, set, err := s.apart(token, personID, occasion)
	if err != nil {
		return nil, err
	}
	key, err := s.offered(personID, occasion, alone)
	if err != nil {
		return nil, err
	}
	step, ok := mfa.TOTPMatch(key, code, s.Now())
	if !ok {
		return nil, problem.New(problem.Invalid, "That code is not right. Enter the one that the application shows now.")
	}
	a := storage.Authenticator{
		ID: secret.NewID(), PersonID: personID, Kind: storage.AuthenticatorTOTP, Counter: step,
		Handle: s.Keys.MAC("totp-handle", key), // so that an offer is bound once
	}
	if a.Secret, err = s.Keys.Seal(place("secret", a.ID), key); err != nil {
		return nil, fmt.Errorf("factor: %w", err)
	}
	return s.bind(ctx, a, name, replaces, set, with)
}

// VerifyTOTP checks a code. Each is accepted once (RFC 6238 section 5.2), by
// whichever of many requests comes first. Problems: Unauthenticated, Limited,
// Denied when codes are disabled.
func (s *Service) VerifyTOTP(ctx context.Context, personID, code string) error {
	return s.prove(ctx, personID, string(storage.AuthenticatorTOTP), func(ctx context.Context, tx storage.Tx) error {
		all, err := tx.Authenticators().ByPerson(ctx, personID)
		if err != nil {
			return err
		}
		for _, a := range all {
			if a.Kind != storage.AuthenticatorTOTP {
				continue
			}
			key, err := s.Keys.Open(place("secret", a.ID), a.Secret)
			if err != nil {
				return err
			}
			step, ok := mfa.TOTPMatch(key, code, tx.Now())
			if !ok {
				continue
			}
			err = tx.Authenticators().Advance(ctx, a.ID, step, tx.Now())
			if errors.Is(err, storage.ErrUsed) {
				return replayed
			}
			return err
		}
		return wrongCode
	})
}
