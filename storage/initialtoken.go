package storage

import (
	"context"
	"time"
)

// InitialToken lets whoever holds it register applications (RFC 7591 section
// 1.2, initial access token).
type InitialToken struct {
	// ID names the token; it is no secret.
	ID string
	// SHA256 is the hash of the token itself.
	SHA256 []byte
	// Note is whom it was issued for, in the operator's words.
	Note string
	// Scopes are the most that applications registered with it may ask for;
	// empty means all that the configuration allows.
	Scopes []string
	// MaxUses is how many applications it registers, Uses how many it has.
	MaxUses, Uses int64
	CreatedAt     time.Time
	ExpiresAt     time.Time
	// RevokedAt is zero unless an operator took it back.
	RevokedAt time.Time
}

// InitialTokens keeps the initial access tokens.
type InitialTokens interface {
	// Insert adds t, or ErrConflict.
	Insert(ctx context.Context, t InitialToken) error
	// ByHash returns the token with the hash, whatever its state, or
	// ErrNotFound.
	ByHash(ctx context.Context, sha256 []byte) (InitialToken, error)
	// Use counts one use where the token is neither spent, expired at the given
	// time nor revoked, or ErrUsed: of many callers no more than MaxUses succeed.
	Use(ctx context.Context, id string, at time.Time) error
	// Revoke revokes the token and reports whether this call did.
	Revoke(ctx context.Context, id string, at time.Time) (bool, error)
	// List returns up to limit tokens with an id greater than after, by id.
	List(ctx context.Context, after string, limit int) ([]InitialToken, error)
	// Purge removes up to limit tokens that expired before the given time, and
	// returns how many.
	Purge(ctx context.Context, before time.Time, limit int) (int64, error)
}
