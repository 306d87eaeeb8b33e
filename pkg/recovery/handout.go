package recovery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/mail"
	"github.com/claviger-id/claviger/pkg/outbox"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// Channel is how a temporary password reaches its owner, where it is no letter.
type Channel string

// The channels.
const (
	ByMail    Channel = "mail"
	ByWebhook Channel = "webhook"
)

// Handout is a temporary password that is to reach its owner. The password itself
// is nowhere: a link leads to one that is drawn when it is shown.
type Handout struct {
	PersonID string
	Channel  Channel
	// Known says that the person knows the User ID.
	Known bool
	// ValidFor is how long the link works, and the password behind it.
	ValidFor time.Duration
	// Issued says that one was issued in this transaction already.
	Issued bool
	By     audit.Actor
}

// The carrier and the events of a webhook.
const (
	webhookCarrier = "webhook"
	userIDEvent    = "user_id.issued"
	temporaryEvent = "temporary_password.issued"
)

// recipient is what a webhook is told of where somebody can be reached.
type recipient struct {
	// Person names the person in this installation, and is the same in both events.
	Person   string `json:"person"`
	Name     string `json:"name"`
	Email    string `json:"email,omitempty"`
	Phone    string `json:"phone,omitempty"`
	Language string `json:"language,omitempty"`
}

// Neither event has what the other has: a User ID and a secret do not travel
// together.
type userIDIssued struct {
	recipient
	UserID string `json:"user_id"`
}

type temporaryIssued struct {
	recipient
	Link      string    `json:"link"`
	ExpiresAt time.Time `json:"expires_at"`
}

// HandOut issues a temporary password and sends the User ID and, apart from it, a
// link to the password, in the caller's transaction. Who has the password of another
// system, and was not told the User ID, is sent that alone. Problem: Conflict when the
// person cannot be reached, before anything is done, or gets no temporary password.
func (s *Service) HandOut(ctx context.Context, tx storage.Tx, h Handout) error {
	who, err := tx.People().Get(ctx, h.PersonID)
	if err != nil {
		return fmt.Errorf("recovery: %w", err)
	}
	profile, err := s.People.Open(who)
	if err != nil {
		return err
	}
	if h.Channel == ByMail && mail.CheckAddress(profile.Email) != nil {
		return problem.New(problem.Conflict, "This person has no e-mail address that can be written to.")
	}
	own, err := s.hasOwn(ctx, tx, h)
	if err != nil {
		return err
	}
	if own {
		return s.tellUserID(ctx, tx, h, who, profile)
	}
	if !h.Issued {
		if _, err := s.Credentials.IssueTemporary(ctx, tx, who.ID, h.ValidFor, h.By); err != nil {
			return err
		}
	}
	stored, err := tx.Passwords().Get(ctx, who.ID)
	if err != nil {
		return fmt.Errorf("recovery: %w", err)
	}
	link, until, err := s.link(ctx, tx, who.ID, storage.LinkTemporary, stored.Version, h.ValidFor)
	if err != nil {
		return err
	}
	if h.Channel == ByWebhook {
		about := recipient{Person: who.Subject, Name: profile.Name(), Email: profile.Email, Phone: profile.Phone, Language: profile.Locale}
		letter := outbox.Letter{Carrier: webhookCarrier, PersonID: who.ID, ValidFor: h.ValidFor}
		if !h.Known {
			letter.Kind, letter.Body = userIDEvent, userIDIssued{about, profile.UserID}
			if err := s.Box.Put(ctx, tx, letter); err != nil {
				return err
			}
		}
		letter.Kind, letter.Body = temporaryEvent, temporaryIssued{about, link, until}
		return s.Box.Put(ctx, tx, letter)
	}
	to := mail.To{PersonID: who.ID, Address: profile.Email, Language: profile.Locale}
	if !h.Known {
		if err := s.Post.Send(ctx, tx, to, mail.FirstUserID{UserID: profile.UserID}, h.ValidFor); err != nil {
			return err
		}
	}
	return s.Post.Send(ctx, tx, to, mail.TemporaryLink{Link: link, Until: until}, h.ValidFor)
}

// hasOwn says that somebody has the password of another system, and has yet to be
// told the User ID.
func (s *Service) hasOwn(ctx context.Context, tx storage.Tx, h Handout) (bool, error) {
	stored, err := tx.Passwords().Get(ctx, h.PersonID)
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("recovery: %w", err)
	}
	return stored.Kind == storage.PasswordPersonal && stored.Untold, nil
}

// tellUserID sends the User ID alone.
func (s *Service) tellUserID(ctx context.Context, tx storage.Tx, h Handout, who storage.Person, profile person.Profile) error {
	if err := tx.Passwords().Told(ctx, who.ID); err != nil {
		return fmt.Errorf("recovery: %w", err)
	}
	if h.Channel == ByWebhook {
		about := recipient{Person: who.Subject, Name: profile.Name(), Email: profile.Email, Phone: profile.Phone, Language: profile.Locale}
		return s.Box.Put(ctx, tx, outbox.Letter{
			Carrier: webhookCarrier, PersonID: who.ID, ValidFor: h.ValidFor, Kind: userIDEvent, Body: userIDIssued{about, profile.UserID},
		})
	}
	to := mail.To{PersonID: who.ID, Address: profile.Email, Language: profile.Locale}
	return s.Post.Send(ctx, tx, to, mail.OwnUserID{UserID: profile.UserID}, h.ValidFor)
}

// Reveal draws the temporary password that a link leads to, and returns it: it is
// stored nowhere, and the link is spent. Problems: NotFound when the link does not
// work; Limited.
func (s *Service) Reveal(ctx context.Context, token string) (temporary string, until time.Time, err error) {
	worked, err := s.limited(ctx)
	if err != nil {
		return "", time.Time{}, err
	}
	if len(token) != tokenLength {
		return "", time.Time{}, errOver(nil)
	}
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		l, err := s.take(ctx, tx, token, storage.LinkTemporary)
		if err != nil {
			return err
		}
		until = l.ExpiresAt
		temporary, err = s.Credentials.IssueTemporary(ctx, tx, l.PersonID, until.Sub(tx.Now()), audit.Actor{Type: "person", ID: l.PersonID})
		return err
	})
	if problem.From(err).Code == problem.Conflict {
		return "", time.Time{}, errOver(err) // suspended, closed, or a personal password by now
	}
	if err != nil {
		return "", time.Time{}, over(err)
	}
	worked()
	return temporary, until, nil
}
