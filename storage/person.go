package storage

import (
	"context"
	"time"
)

// PersonState is where a person stands in the enrolment life cycle.
type PersonState string

// The states of a person.
const (
	// PersonApproved: the application was approved; no credential yet.
	PersonApproved PersonState = "approved"
	// PersonCredentialIssued: a temporary password was issued.
	PersonCredentialIssued PersonState = "credential_issued"
	// PersonActive: the person chose a personal password.
	PersonActive PersonState = "active"
	// PersonSuspended: sign-in is refused until an operator decides.
	PersonSuspended PersonState = "suspended"
	// PersonClosed: the account is closed for good.
	PersonClosed PersonState = "closed"
)

// Person is one human being with one account.
type Person struct {
	// ID names the person inside Claviger, 128 bits, never shown to clients.
	ID string
	// Subject is the OIDC sub: a separate random 128-bit value.
	Subject string
	// UserIDIndex is the blind index of the User ID; unique for ever.
	UserIDIndex []byte
	// NPIIndex is the blind index of the NPI; unique where it is not nil.
	NPIIndex []byte
	// EmailIndex is the blind index of the e-mail address, or nil. Several
	// people may share one.
	EmailIndex []byte
	State      PersonState
	// Profile is the sealed profile; package person seals and opens it.
	Profile   []byte
	CreatedAt time.Time
	UpdatedAt time.Time
	// Version counts changes, from 1.
	Version int64
}

// People keeps the accounts.
type People interface {
	// Insert adds p with Version 1. ErrConflict when the ID, Subject,
	// UserIDIndex or NPIIndex is taken; the transaction stays usable.
	Insert(ctx context.Context, p Person) error
	Get(ctx context.Context, id string) (Person, error)
	BySubject(ctx context.Context, subject string) (Person, error)
	ByUserID(ctx context.Context, index []byte) (Person, error)
	ByNPI(ctx context.Context, index []byte) (Person, error)
	// ByEmail returns up to limit people who have the address.
	ByEmail(ctx context.Context, index []byte, limit int) ([]Person, error)
	// Update writes State, Profile, NPIIndex, EmailIndex and UpdatedAt where the
	// stored version is p.Version, and increments it; otherwise ErrStale.
	Update(ctx context.Context, p Person) error
	// NextOrdinal returns 1, 2, 3, … for each call with the same stem index:
	// the n of the next User ID built on that stem. Atomic across replicas.
	NextOrdinal(ctx context.Context, stem []byte) (int64, error)
	// List returns up to limit people whose ID comes after the given one, by ID;
	// with a state, those of that state only.
	List(ctx context.Context, after string, state PersonState, limit int) ([]Person, error)
	// Count returns the number of people by state.
	Count(ctx context.Context) (map[PersonState]int64, error)
}
