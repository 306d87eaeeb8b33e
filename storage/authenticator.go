package storage

import (
	"context"
	"time"
)

// AuthenticatorKind is what a person proves themselves with, besides the password.
type AuthenticatorKind string

// The kinds.
const (
	// AuthenticatorTOTP shows one-time passwords of a time (RFC 6238).
	AuthenticatorTOTP AuthenticatorKind = "totp"
	// AuthenticatorPasskey is a credential of WebAuthn.
	AuthenticatorPasskey AuthenticatorKind = "passkey"
	// AuthenticatorRecovery is one recovery code.
	AuthenticatorRecovery AuthenticatorKind = "recovery"
)

// Authenticator is something that a person has.
type Authenticator struct {
	ID       string
	PersonID string
	Kind     AuthenticatorKind
	// Name is what its owner calls it; it is personal, and sealed.
	Name []byte
	// Handle is the SHA-256 of what it is found by: the credential id of a
	// passkey, a recovery code. It is unique; empty for the others.
	Handle []byte
	// Secret is sealed: the key of a TOTP, the record of a passkey. Nothing for a
	// recovery code.
	Secret []byte
	// Counter only grows: the last time step of a TOTP that was used, the
	// signature counter of a passkey.
	Counter   int64
	CreatedAt time.Time
	// UsedAt is zero until it was used.
	UsedAt time.Time
}

// Authenticators keeps what people have.
type Authenticators interface {
	// Insert adds a, or ErrConflict when its handle is taken.
	Insert(ctx context.Context, a Authenticator) error
	// ByPerson returns all of a person, the oldest first.
	ByPerson(ctx context.Context, personID string) ([]Authenticator, error)
	// ByHandle returns the one of that kind and handle, or ErrNotFound.
	ByHandle(ctx context.Context, kind AuthenticatorKind, handle []byte) (Authenticator, error)
	// Advance moves the counter of one to a greater value and notes that it was
	// used; ErrUsed when the counter is there already, or the record is gone.
	Advance(ctx context.Context, id string, counter int64, at time.Time) error
	// Use notes that a passkey was used, with its record and counter as they are
	// then, where its record still is the one that was read; ErrStale otherwise.
	Use(ctx context.Context, a Authenticator, read []byte) error
	// Spend removes the recovery code of that person, or returns ErrUsed when there
	// is none: of many callers one succeeds.
	Spend(ctx context.Context, personID string, handle []byte) error
	// Rename gives one of a person another sealed name, or ErrNotFound.
	Rename(ctx context.Context, personID, id string, name []byte) error
	// Remove removes one of a person, or ErrNotFound.
	Remove(ctx context.Context, personID, id string) error
	// RemoveKind removes all of a kind that a person has, and returns how many.
	RemoveKind(ctx context.Context, personID string, kind AuthenticatorKind) (int64, error)
}
