package storage

import (
	"context"
	"time"
)

// Grant is one authorization of one client by one person. All of its tokens
// come from this row: a refresh token is derived from ID and Generation with a
// keyed MAC, an access token carries ID as a claim.
type Grant struct {
	// ID is 128 bits, the "family" of the grant's tokens.
	ID       string
	ClientID string
	PersonID string
	// SessionID is the session that the grant came from, and ends with unless
	// it is Offline.
	SessionID string
	// Offline says that the grant outlives its session (the scope
	// offline_access).
	Offline  bool
	Scopes   []string
	Audience []string
	AuthTime time.Time
	ACR      string
	AMR      []string
	// Generation is the generation of the newest refresh token, from 1;
	// 0 means that no refresh token was issued.
	Generation int64
	// RotatedAt is when Generation was reached.
	RotatedAt time.Time
	CreatedAt time.Time
	// ExpiresAt is the absolute end, whatever happens before.
	ExpiresAt time.Time
	// EndedAt and EndReason are set once the grant is dead.
	EndedAt   time.Time
	EndReason string
	Detail    GrantDetail
}

// GrantDetail is what a grant carries for the protocol alone.
type GrantDetail struct {
	// JKT and X5T are the SHA-256 thumbprints of the key (RFC 9449 section 5)
	// or the certificate (RFC 8705 section 4) that the refresh tokens of a
	// public client are bound to.
	JKT string `json:"jkt,omitempty"`
	X5T string `json:"x5t,omitempty"`
	// Claims is the claims request parameter (OpenID Connect Core section 5.5).
	Claims []byte `json:"claims,omitempty"`
	// Acting is set where the person of the grant acts for somebody else.
	Acting *GrantActing `json:"acting,omitempty"`
}

// GrantActing is for whom the person of a grant acts, and by which delegation.
type GrantActing struct {
	Delegation  string `json:"delegation"`
	PrincipalID string `json:"principal"`
}

// ActingWords is what events of a grant say of whom its person acts for; nil where that
// is nobody.
func (d GrantDetail) ActingWords() map[string]string {
	if d.Acting == nil {
		return nil
	}
	return map[string]string{"delegation": d.Acting.Delegation, "principal": d.Acting.PrincipalID}
}

// Grants keeps the authorizations.
type Grants interface {
	// Insert adds g. When End was called for g.ID before g existed (a second
	// redemption of the code outran the first), the row is completed but stays
	// ended, and ErrEnded is returned; the transaction stays usable.
	// ErrConflict when a live or complete row has this ID.
	Insert(ctx context.Context, g Grant) error
	Get(ctx context.Context, id string) (Grant, error)
	// Rotate advances the generation by one where it is the given one and the
	// grant is neither ended nor expired at the given time, and returns the
	// grant as it is then. Of many callers with one generation exactly one
	// succeeds. ErrEnded when it is ended or expired, ErrStale when the generation
	// differs, both with the grant as it is; ErrNotFound.
	Rotate(ctx context.Context, id string, generation int64, at time.Time) (Grant, error)
	// End ends the grant unless it is ended, and reports whether this call did.
	// When there is no such row an ended one is left behind, so that a grant
	// that is being created at this moment is born dead.
	End(ctx context.Context, id, reason string, at time.Time) (bool, error)
	// EndBySession ends all live grants of sessions but for those that are Offline,
	// and returns them. One round trip for so many as end at a time.
	EndBySession(ctx context.Context, sessionIDs []string, reason string, at time.Time) ([]Grant, error)
	// EndByPerson ends all live grants of a person and returns them.
	EndByPerson(ctx context.Context, personID, reason string, at time.Time) ([]Grant, error)
	// EndByClient ends all live grants of a client and returns them.
	EndByClient(ctx context.Context, clientID, reason string, at time.Time) ([]Grant, error)
	// EndBetween ends all live grants of a person to a client and returns them.
	EndBetween(ctx context.Context, personID, clientID, reason string, at time.Time) ([]Grant, error)
	// ByPerson returns the live grants of a person, in no order.
	ByPerson(ctx context.Context, personID string, at time.Time) ([]Grant, error)
	// Purge removes up to limit grants that expired, or ended, before the
	// given time, and returns how many.
	Purge(ctx context.Context, before time.Time, limit int) (int64, error)
}
