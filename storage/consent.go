package storage

import (
	"context"
	"time"
)

// Consent is what a person agreed to share with an application.
type Consent struct {
	PersonID  string
	ClientID  string
	Scopes    []string
	GrantedAt time.Time
}

// Consents keeps one consent for each person and application.
type Consents interface {
	// Get returns the consent, or ErrNotFound.
	Get(ctx context.Context, personID, clientID string) (Consent, error)
	// ByPerson returns all consents of a person, by client.
	ByPerson(ctx context.Context, personID string) ([]Consent, error)
	// Put inserts or overwrites the consent.
	Put(ctx context.Context, c Consent) error
	// Remove removes the consent and reports whether there was one.
	Remove(ctx context.Context, personID, clientID string) (bool, error)
}
