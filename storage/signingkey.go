package storage

import (
	"context"
	"time"
)

// KeyUse is the one purpose of a signing key.
type KeyUse string

// The uses of signing keys.
const (
	// KeyUseToken: ID tokens, access tokens.
	KeyUseToken KeyUse = "token"
	// KeyUseAudit: checkpoints of the audit log.
	KeyUseAudit KeyUse = "audit"
)

// SigningKey is a private key and its life: published from CreatedAt, signing
// from ActiveFrom, no longer signing from RetiresAt, gone from the JWKS at
// ExpiresAt.
type SigningKey struct {
	// ID is the kid: the RFC 7638 thumbprint.
	ID        string
	Use       KeyUse
	Algorithm string
	// Private is the sealed PKCS #8 private key.
	Private    []byte
	CreatedAt  time.Time
	ActiveFrom time.Time
	// RetiresAt and ExpiresAt are zero while no successor is known.
	RetiresAt time.Time
	ExpiresAt time.Time
	// Version counts changes, from 1.
	Version int64
}

// SigningKeys keeps the private keys.
type SigningKeys interface {
	// Insert adds k with Version 1, or ErrConflict.
	Insert(ctx context.Context, k SigningKey) error
	// All returns every key of the use that is not past ExpiresAt at the given
	// time, oldest first.
	All(ctx context.Context, use KeyUse, at time.Time) ([]SigningKey, error)
	// Update writes ActiveFrom, RetiresAt and ExpiresAt where the version is
	// k.Version, or ErrStale.
	Update(ctx context.Context, k SigningKey) error
	// Lock makes other transactions that call it with the same use wait until
	// this one ends, so that two replicas do not both make a successor.
	Lock(ctx context.Context, use KeyUse) error
}
