package agreement

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// Answer is what a person says to a text that they were shown.
type Answer struct {
	PersonID                    string
	Audience, Version, Language string
	// InteractionID is the request that asked, SessionID the live session, if it
	// was not a sign-in.
	InteractionID, SessionID string
}

func (a Answer) event(kind audit.Kind, outcome audit.Outcome) audit.Event {
	return audit.Event{
		Kind: kind, Outcome: outcome, Actor: audit.Actor{Type: "person", ID: a.PersonID}, Subject: a.PersonID, SessionID: a.SessionID,
		Detail: map[string]string{"audience": a.Audience, "version": a.Version, "language": a.Language, "interaction": a.InteractionID},
	}
}

// Text returns a text that was published, or a problem.NotFound.
func (s *Service) Text(ctx context.Context, audience, version, language string) (found storage.Agreement, err error) {
	err = s.Store.View(ctx, func(tx storage.Tx) (err error) {
		found, err = tx.Agreements().Get(ctx, audience, version, language)
		return err
	})
	if errors.Is(err, storage.ErrNotFound) {
		return found, problem.Wrap(problem.NotFound, "There is no such agreement.", err)
	}
	if err != nil {
		return found, fmt.Errorf("agreement: %w", err)
	}
	return found, nil
}

// Accept notes that a person accepted a text. Saying yes twice is saying it once.
func (s *Service) Accept(ctx context.Context, a Answer) error {
	err := s.accept(ctx, a)
	if errors.Is(err, storage.ErrStale) {
		err = s.accept(ctx, a) // most likely the second press of a button: look again
	}
	if errors.Is(err, storage.ErrStale) {
		return problem.Wrap(problem.Conflict, "Something else was changed at this moment. Please try again.", err)
	}
	if err != nil {
		return fmt.Errorf("agreement: %w", err)
	}
	return nil
}

func (s *Service) accept(ctx context.Context, a Answer) error {
	return s.Store.Tx(ctx, func(tx storage.Tx) error {
		text, err := tx.Agreements().Get(ctx, a.Audience, a.Version, a.Language)
		if err != nil {
			return err
		}
		// Of two at once, one waits here for the other, and then finds another version
		// of the person.
		who, err := tx.People().Get(ctx, a.PersonID)
		if err != nil {
			return err
		}
		before, err := tx.Agreements().Accepted(ctx, a.PersonID)
		if err != nil {
			return err
		}
		if stands, _ := standing(before, version{audience: a.Audience, name: a.Version}); stands {
			return nil
		}
		who.UpdatedAt = tx.Now()
		if err := tx.People().Update(ctx, who); err != nil {
			return err
		}
		yes := storage.Acceptance{
			ID: secret.NewID(), PersonID: a.PersonID, Audience: a.Audience, Version: a.Version, Language: a.Language, Hash: text.Hash,
			InteractionID: a.InteractionID, SessionID: a.SessionID, AcceptedAt: tx.Now(),
		}
		if err := tx.Agreements().Accept(ctx, yes); err != nil {
			return err
		}
		e := a.event(audit.AgreementAccepted, audit.OutcomeAllow)
		e.Detail["sha256"], e.Detail["acceptance"] = hex.EncodeToString(text.Hash), yes.ID
		return audit.Record(ctx, tx, e)
	})
}

// Decline notes that a person does not accept a text.
func (s *Service) Decline(ctx context.Context, a Answer) error {
	return s.note(ctx, a.event(audit.AgreementDeclined, audit.OutcomeDeny))
}

// Postpone notes that a person puts off accepting a text.
func (s *Service) Postpone(ctx context.Context, a Answer) error {
	return s.note(ctx, a.event(audit.AgreementPostponed, audit.OutcomeAllow))
}

func (s *Service) note(ctx context.Context, e audit.Event) error {
	if err := s.Store.Tx(ctx, func(tx storage.Tx) error { return audit.Record(ctx, tx, e) }); err != nil {
		return fmt.Errorf("agreement: %w", err)
	}
	return nil
}
