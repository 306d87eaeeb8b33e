package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/claviger-id/claviger/pkg/keys"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// TokenMark is the name of the mark that a revoked access token leaves.
func TokenMark(id string) string { return "token:" + id }

// AccessTokens verifies access tokens of ours. It is safe for concurrent use.
type AccessTokens struct {
	Issuer string
	Keys   *keys.Ring
	Marks  storage.Marks
	// Store tells whether a grant lives that outlives its session: such a grant
	// may end where no mark can be left.
	Store storage.Store
	Now   func() time.Time
}

// Access verifies a token as RFC 9068 section 4 lays down, whomever it is
// addressed to, and that neither it nor its grant or session has ended since.
// What is wrong with the token is a *fault.Error.
func (a AccessTokens) Access(ctx context.Context, token string) (AccessClaims, error) {
	c, err := a.Read(token)
	if err != nil {
		return AccessClaims{}, err
	}
	ended, err := a.Marks.Any(ctx, a.Now(), c.marks()...)
	if err != nil {
		return AccessClaims{}, err
	}
	if !ended && c.Session == "" && c.Grant != "" {
		ended, err = a.grantEnded(ctx, c.Grant)
		if err != nil {
			return AccessClaims{}, err
		}
	}
	if ended {
		return AccessClaims{}, errTokenEnded()
	}
	return c, nil
}

func (a AccessTokens) grantEnded(ctx context.Context, id string) (ended bool, err error) {
	err = a.Store.View(ctx, func(tx storage.Tx) error {
		grant, err := tx.Grants().Get(ctx, id)
		ended = errors.Is(err, storage.ErrNotFound) || err == nil && !Lives(grant, a.Now())
		if ended {
			return nil
		}
		return err
	})
	if err != nil {
		return false, fmt.Errorf("oidc: access token: %w", err)
	}
	return ended, nil
}

// Read verifies a token by itself. The caller has to look at its marks.
func (a AccessTokens) Read(token string) (AccessClaims, error) {
	payload, typ, err := a.Keys.Verify(token)
	if err != nil {
		return AccessClaims{}, badToken("The access token was not issued here.", err)
	}
	if typ != AccessTokenType {
		return AccessClaims{}, badToken("This is not an access token.", nil)
	}
	var c AccessClaims
	if err := json.Unmarshal(payload, &c); err != nil {
		return AccessClaims{}, badToken("The access token cannot be read.", err)
	}
	switch {
	case c.Issuer != a.Issuer:
		return AccessClaims{}, badToken("The access token was not issued here.", nil)
	case a.Now().Unix() >= c.Expiry:
		return AccessClaims{}, badToken("The access token has expired.", nil)
	}
	return c, nil
}

// marks are those that the end of the token, its session or its grant leaves.
func (c AccessClaims) marks() []string {
	marks := []string{TokenMark(c.ID), ClientMark(c.ClientID)}
	if c.Session != "" {
		marks = append(marks, session.Mark(c.Session))
	}
	if c.Grant != "" {
		marks = append(marks, GrantMark(c.Grant))
	}
	return marks
}

func errTokenEnded() error {
	return badToken("The access token, its session or its grant has ended.", nil)
}

// Addressed says that a client is meant by one of the audiences, as itself or
// as a resource that it answers for.
func Addressed(c storage.Client, audience []string) bool {
	return slices.Contains(audience, c.ID) ||
		slices.ContainsFunc(c.ResourceURIs, func(uri string) bool { return slices.Contains(audience, uri) })
}
