package storage

import (
	"context"
	"time"
)

// Agreement is one version of the Use Agreement for an audience, in a language.
// Once it is published nothing of it changes.
type Agreement struct {
	// Audience is a role, or everyone.
	Audience string
	Version  string
	// Language is a BCP 47 tag.
	Language string
	// Text is Markdown; Hash is the SHA-256 of its bytes.
	Text []byte
	Hash []byte
	// EffectiveAt is when it begins to be asked for, and Grace how long from then
	// it may be put off.
	EffectiveAt time.Time
	Grace       time.Duration
	PublishedAt time.Time
}

// Acceptance is a person's yes to a version of the Use Agreement.
type Acceptance struct {
	ID       string
	PersonID string
	// Audience, Version, Language and Hash say what was read.
	Audience string
	Version  string
	Language string
	Hash     []byte
	// InteractionID is the sign-in, or the request, that asked; SessionID the live
	// session that it came from, empty at a sign-in.
	InteractionID string
	SessionID     string
	AcceptedAt    time.Time
	// WithdrawnAt is when it was taken back; zero while it stands.
	WithdrawnAt time.Time
}

// Agreements keeps what was published, and who accepted it.
type Agreements interface {
	// Publish adds a; ErrConflict when its audience, version and language are there;
	// the transaction stays usable.
	Publish(ctx context.Context, a Agreement) error
	// Published returns everything that was published, without the texts, by
	// audience, effective time and language.
	Published(ctx context.Context) ([]Agreement, error)
	// Get returns one with its text, or ErrNotFound.
	Get(ctx context.Context, audience, version, language string) (Agreement, error)
	// Accept adds an acceptance, or ErrConflict when its ID is taken.
	Accept(ctx context.Context, a Acceptance) error
	// Accepted returns all acceptances of a person, those that were withdrawn among
	// them, the oldest first.
	Accepted(ctx context.Context, personID string) ([]Acceptance, error)
	// Acceptance returns one of a person's by its ID, or ErrNotFound.
	Acceptance(ctx context.Context, personID, id string) (Acceptance, error)
	// Withdraw takes back every acceptance of a person that stands, and returns how
	// many that were.
	Withdraw(ctx context.Context, personID string, at time.Time) (int64, error)
	// Unaccepted looks at the next people who are not closed, by ID, after the given ID,
	// as many as look says. It returns up to limit of those who have no acceptance of that
	// version that stands, and the ID of the last who was looked at; empty when there is
	// nobody after those.
	Unaccepted(ctx context.Context, audience, version, after string, look, limit int) (found []Person, last string, err error)
}
