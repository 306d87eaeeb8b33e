package credential

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/rotation"
	"github.com/claviger-id/claviger/storage"
)

// force notes that a personal password has to be changed, and ends what renews
// tokens without asking its owner.
func (s *Service) force(ctx context.Context, tx storage.Tx, personID, must, note string, by audit.Actor) error {
	if did, err := tx.Passwords().Force(ctx, personID, must, tx.Now()); err != nil || !did {
		return err
	}
	if err := s.endGrants(ctx, tx, personID, refusedAs(must), by); err != nil {
		return err
	}
	event := audit.Event{
		Kind: audit.CredentialForced, Outcome: audit.OutcomeAllow, Reason: must, Actor: by, Subject: personID,
	}
	if note != "" {
		event.Detail = map[string]string{"note": note}
	}
	if err := audit.Record(ctx, tx, event); err != nil {
		return err
	}
	how := ChangeForced
	if must == MustCompromised {
		how = ChangeCompromised
	}
	return s.tell(ctx, tx, personID, how)
}

// endGrants ends all grants of a person, those without a session among them.
func (s *Service) endGrants(ctx context.Context, tx storage.Tx, personID, reason string, by audit.Actor) error {
	ended, err := tx.Grants().EndByPerson(ctx, personID, reason, tx.Now())
	if err != nil {
		return err
	}
	for _, g := range ended {
		if err := audit.Record(ctx, tx, audit.Event{
			Kind: audit.GrantEnded, Outcome: audit.OutcomeAllow, Reason: reason, Actor: by,
			Subject: personID, ClientID: g.ClientID, SessionID: g.SessionID, GrantID: g.ID, Detail: g.Detail.ActingWords(),
		}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) tell(ctx context.Context, tx storage.Tx, personID string, how Change) error {
	if s.Changed == nil {
		return nil
	}
	return s.Changed(ctx, tx, personID, how)
}

// Expiry is a decision that passwords have to be changed.
type Expiry struct {
	// Of says whose. Nil means everybody's.
	Of func(person.Profile) bool
	// Note says why, for the log.
	Note string
	By   audit.Actor
	// Rehearsed says that nothing is to happen: it is counted whom it would concern.
	Rehearsed bool
}

// Expired is how many people a decision concerned.
type Expired struct {
	// Newly are those who had to change the password because of it, Before those who had
	// to already.
	Newly, Before int
}

func (e *Expired) count(w storage.Password) {
	if w.ForcedAt.IsZero() {
		e.Newly++
		return
	}
	e.Before++
}

// pageSize is how many passwords are read at once.
const pageSize = 200

// ExpireOne notes that the personal password of one person has to be changed; nobody is
// concerned when there is none.
func (s *Service) ExpireOne(ctx context.Context, personID string, e Expiry) (Expired, error) {
	var concerned Expired
	err := s.Store.Tx(ctx, func(tx storage.Tx) error {
		w, err := tx.Passwords().Get(ctx, personID)
		if errors.Is(err, storage.ErrNotFound) || err == nil && w.Kind != storage.PasswordPersonal {
			return nil
		}
		if err != nil {
			return err
		}
		concerned.count(w)
		if e.Rehearsed {
			return nil
		}
		return s.force(ctx, tx, personID, MustOperator, e.Note, e.By)
	})
	if err != nil {
		return Expired{}, fmt.Errorf("credential: %w", err)
	}
	return concerned, nil
}

// Expire notes that the personal passwords of some people have to be changed, a
// few people in one transaction, and calls each for all of them, those among them
// who had to before: what it does can be done again. Sessions are the caller's to
// end.
func (s *Service) Expire(ctx context.Context, e Expiry, each func(personID string) error) (Expired, error) {
	var all Expired
	for after := ""; ; {
		var matched []string
		var some Expired
		n := 0
		transaction := s.Store.Tx
		if e.Rehearsed {
			transaction = s.Store.View
		}
		err := transaction(ctx, func(tx storage.Tx) error {
			page, err := tx.Passwords().Page(ctx, after, pageSize)
			if err != nil {
				return err
			}
			n = len(page)
			for _, w := range page {
				after = w.PersonID
				concerned, err := s.concerns(ctx, tx, e, w.PersonID)
				if err != nil {
					return err
				}
				if !concerned {
					continue
				}
				if some.count(w); e.Rehearsed {
					continue
				}
				if err := s.force(ctx, tx, w.PersonID, MustOperator, e.Note, e.By); err != nil {
					return err
				}
				matched = append(matched, w.PersonID)
			}
			return nil
		})
		if err != nil {
			return all, fmt.Errorf("credential: %w", err)
		}
		all.Newly, all.Before = all.Newly+some.Newly, all.Before+some.Before
		for _, id := range matched {
			if err := each(id); err != nil {
				return all, err
			}
		}
		if n < pageSize {
			return all, nil
		}
	}
}

func (s *Service) concerns(ctx context.Context, tx storage.Tx, e Expiry, personID string) (bool, error) {
	who, err := tx.People().Get(ctx, personID)
	if err != nil || who.State == storage.PersonClosed {
		return false, err
	}
	if e.Of == nil {
		return true, nil
	}
	profile, err := s.People.Open(who)
	return err == nil && e.Of(profile), err
}

// Forecast tells how many passwords expire on each of the coming days.
func (s *Service) Forecast(ctx context.Context, days int) (*rotation.Forecast, error) {
	var f *rotation.Forecast
	var now time.Time
	for after := ""; ; {
		n := 0
		err := s.Store.View(ctx, func(tx storage.Tx) error {
			if f == nil {
				now = tx.Now()
				f = rotation.NewForecast(now, days)
			}
			page, err := tx.Passwords().Page(ctx, after, pageSize)
			if err != nil {
				return err
			}
			n = len(page)
			for _, w := range page {
				after = w.PersonID
				if err := s.foresee(ctx, tx, f, w, now); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("credential: %w", err)
		}
		if n < pageSize {
			return f, nil
		}
	}
}

func (s *Service) foresee(ctx context.Context, tx storage.Tx, f *rotation.Forecast, w storage.Password, now time.Time) error {
	who, err := tx.People().Get(ctx, w.PersonID)
	if err != nil || who.State == storage.PersonClosed {
		return err
	}
	if !w.ForcedAt.IsZero() {
		f.Add(w.ForcedAt, now)
		return nil
	}
	policy, err := s.policy(ctx, tx, who)
	if err != nil {
		return err
	}
	aspect, err := s.aspect(ctx, tx, w)
	if err != nil {
		return err
	}
	f.Add(policy.ExpiresAt(aspect), now)
	return nil
}
