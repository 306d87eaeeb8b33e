package credential

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// Proof is how somebody who asks the help desk for a new password has proven who
// they are.
type Proof string

// Proofs are the ways that count. That somebody knows a User ID, a birth date or
// an NPI is none of them: others know these too.
func Proofs() []Proof {
	return []Proof{
		"in_person",   // came, and showed an identity document with a picture
		"video",       // the same by video call
		"called_back", // was called back at a number that was on file before
		"vouched_for", // by somebody of the organisation who is known to the help desk and was called back
		"letter",      // answered with a code from a letter to the address on file
	}
}

// Reset is a decision of the help desk.
type Reset struct {
	PersonID string
	Proof    Proof
	// Note says what was seen, or whom was talked to.
	Note     string
	ValidFor time.Duration
	By       audit.Actor
}

// maxNote bounds a note, in bytes.
const maxNote = 500

// ResetByOperator gives somebody whose identity was proven a new temporary
// password in the place of whatever password there was, in the caller's
// transaction, and returns it: it is stored nowhere. That binds the account anew:
// counts of guesses, known browsers and grants end with it. Sessions are the
// caller's to end, and Rebound to be called once the transaction stands.
func (s *Service) ResetByOperator(ctx context.Context, tx storage.Tx, r Reset) (string, error) {
	note, err := Noted(r.Proof, r.Note)
	if err != nil {
		return "", err
	}
	old, err := tx.Passwords().Get(ctx, r.PersonID)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return "", fmt.Errorf("credential: %w", err)
	}
	who, err := tx.People().Get(ctx, r.PersonID)
	if err != nil {
		return "", fmt.Errorf("credential: %w", err)
	}
	policy, err := s.policy(ctx, tx, who)
	if err != nil {
		return "", err
	}
	temporary, expires, err := s.issue(ctx, tx, r.PersonID, old, r.ValidFor)
	if err != nil {
		return "", err
	}
	if err := errors.Join(
		s.keepFormer(ctx, tx, policy, old), tx.Guesses().Clear(ctx, r.PersonID), tx.KnownDevices().Forget(ctx, r.PersonID),
		s.endGrants(ctx, tx, r.PersonID, RefusedReset, r.By),
		audit.Record(ctx, tx, audit.Event{
			Kind: audit.CredentialReset, Outcome: audit.OutcomeAllow, Actor: r.By, Subject: r.PersonID,
			Detail: map[string]string{"proof": string(r.Proof), "note": note, "expires_at": expires.Format(time.RFC3339)},
		}),
		s.tell(ctx, tx, r.PersonID, ChangeReset),
	); err != nil {
		return "", fmt.Errorf("credential: %w", err)
	}
	return temporary, nil
}

// Noted judges how an identity was proven, and returns the note as it is kept.
func Noted(proof Proof, note string) (string, error) {
	note = strings.TrimSpace(note)
	switch {
	case !slices.Contains(Proofs(), proof):
		return "", problem.New(problem.Invalid, "How the identity was proven is none of "+proofList()+".")
	case note == "":
		return "", problem.New(problem.Invalid, "A note has to say what was seen, or whom was talked to.")
	case len(note) > maxNote:
		return "", problem.New(problem.Invalid, "The note is too long.")
	}
	return note, nil
}

func proofList() string {
	var names []string
	for _, p := range Proofs() {
		names = append(names, string(p))
	}
	return strings.Join(names, ", ")
}

// Rebound clears the waits that guesses have led to, after a reset.
func (s *Service) Rebound(ctx context.Context, personID string) error {
	var who storage.Person
	if err := s.Store.View(ctx, func(tx storage.Tx) (err error) {
		who, err = tx.People().Get(ctx, personID)
		return err
	}); err != nil {
		return fmt.Errorf("credential: %w", err)
	}
	return s.forgotten(ctx, who)
}
