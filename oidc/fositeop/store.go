package fositeop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ory/fosite"
	"github.com/ory/fosite/handler/oauth2"
	"github.com/ory/fosite/handler/pkce"
	fositestorage "github.com/ory/fosite/storage"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/storage"
)

// codeMemory is how long a used code is remembered.
const codeMemory = 30 * time.Minute

// store answers fosite from the memo and turns its many calls into few.
type store struct{ o Options }

var (
	_ fosite.Storage                = (*store)(nil)
	_ oauth2.CoreStorage            = (*store)(nil)
	_ oauth2.TokenRevocationStorage = (*store)(nil)
	_ pkce.PKCERequestStorage       = (*store)(nil)
	_ fositestorage.Transactional   = (*store)(nil)
)

// GetClient returns the client at hand, or one from the cache.
func (s *store) GetClient(ctx context.Context, id string) (fosite.Client, error) {
	if m := memoOf(ctx); m.client.ID == id && id != "" {
		return view{m.client}, nil
	}
	c, ok := s.o.Clients.Get(id)
	if !ok {
		return nil, fosite.ErrNotFound
	}
	return view{c}, nil
}

// ClientAssertionJWTValid is never asked: client authentication is ours.
func (s *store) ClientAssertionJWTValid(context.Context, string) error { return errUnused }

// SetClientAssertionJWT is never asked.
func (s *store) SetClientAssertionJWT(context.Context, string, time.Time) error { return errUnused }

// CreateAuthorizeCodeSession notes the key; the code is saved by Engine.Code.
func (s *store) CreateAuthorizeCodeSession(ctx context.Context, signature string, _ fosite.Requester) error {
	memoOf(ctx).signature = signature
	return nil
}

// GetAuthorizeCodeSession redeems the code when it is first asked for, before
// anything else is checked: a code that comes with the wrong verifier, redirect
// URI or client is burnt. That closes PKCE downgrades, and every race.
func (s *store) GetAuthorizeCodeSession(ctx context.Context, signature string, _ fosite.Session) (fosite.Requester, error) {
	m := memoOf(ctx)
	if m.code != nil {
		return m.code, nil
	}
	if signature == "" {
		return nil, fosite.ErrNotFound
	}
	code, err := s.o.Codes.Redeem(ctx, []byte(signature[sessionLength:]), signature[:sessionLength], s.o.Now())
	used := errors.Is(err, storage.ErrUsed)
	if errors.Is(err, storage.ErrNotFound) || errors.Is(err, storage.ErrEnded) {
		return nil, fosite.ErrNotFound // no such code, or whose it is has signed out since
	}
	if err != nil && !used {
		return nil, m.fail(fmt.Errorf("fositeop: code: %w", err))
	}
	var a authorization
	if err := json.Unmarshal(code.Request, &a); err != nil {
		return nil, m.fail(fmt.Errorf("fositeop: code: %w", err))
	}
	c, known := s.o.Clients.Get(a.ClientID)
	if !known && !used {
		return nil, fosite.ErrNotFound // the client is registered no more
	}
	request := a.request(view{c}, code.GrantID)
	if used {
		if err := s.o.Grants.CodeReused(ctx, sessionOf(request).grant); err != nil {
			return nil, m.fail(err)
		}
		return request, fosite.ErrInvalidatedAuthorizeCode
	}
	if acting := a.Authentication.Acting; acting != nil {
		left := acting.EndsAt.Sub(s.o.Now())
		if left < time.Second {
			return nil, fosite.ErrNotFound // the delegation has ended since
		}
		sessionOf(request).life = min(left, s.o.TokenLife)
	}
	m.code = request
	return request, nil
}

// InvalidateAuthorizeCodeSession has been done by redeeming.
func (s *store) InvalidateAuthorizeCodeSession(context.Context, string) error { return nil }

// GetPKCERequestSession returns the challenge that came with the code.
func (s *store) GetPKCERequestSession(ctx context.Context, _ string, _ fosite.Session) (fosite.Requester, error) {
	m := memoOf(ctx)
	if m.code == nil || m.code.Form.Get("code_challenge") == "" {
		return nil, fosite.ErrNotFound
	}
	return m.code, nil
}

// CreatePKCERequestSession has nothing to do: the challenge is part of the code.
func (s *store) CreatePKCERequestSession(context.Context, string, fosite.Requester) error { return nil }

// DeletePKCERequestSession has nothing to do.
func (s *store) DeletePKCERequestSession(context.Context, string) error { return nil }

// BeginTX begins the unit of work, which is a single write.
func (s *store) BeginTX(ctx context.Context) (context.Context, error) { return ctx, nil }

// Commit stores the grant whose tokens were made: one durable transaction.
func (s *store) Commit(ctx context.Context) error {
	m := memoOf(ctx)
	code := sessionOf(m.code)
	if code.acting != nil && !m.client.Acting { // the registration was changed since
		return m.fail(invalidGrant(m, "The client is not registered for people who act for others any more."))
	}
	return s.o.begin(ctx, m, code.grant, code.acting, m.client.Consent)
}

// begin stores a grant whose tokens were made.
func (o Options) begin(ctx context.Context, m *memo, g storage.Grant, acting *oidc.Acting, onConsent bool) error {
	now := o.Now()
	g.CreatedAt, g.ExpiresAt = now, now.Add(o.TokenLife)
	if g.Generation > 0 {
		g.RotatedAt, g.ExpiresAt = now, now.Add(o.GrantLife)
	}
	if acting != nil && acting.EndsAt.Before(g.ExpiresAt) {
		g.ExpiresAt = acting.EndsAt
	}
	if err := o.Grants.Begin(ctx, g, onConsent); err != nil {
		return m.fail(err)
	}
	return nil
}

// Rollback has nothing to undo.
func (s *store) Rollback(context.Context) error { return nil }

// Access tokens are not stored, and refresh tokens are derived from their
// grant. Revocation after the reuse of a code has been done where it was seen.

// CreateAccessTokenSession does nothing.
func (s *store) CreateAccessTokenSession(context.Context, string, fosite.Requester) error { return nil }

// GetAccessTokenSession is never asked.
func (s *store) GetAccessTokenSession(context.Context, string, fosite.Session) (fosite.Requester, error) {
	return nil, errUnused
}

// DeleteAccessTokenSession is never asked.
func (s *store) DeleteAccessTokenSession(context.Context, string) error { return errUnused }

// CreateRefreshTokenSession does nothing.
func (s *store) CreateRefreshTokenSession(context.Context, string, string, fosite.Requester) error {
	return nil
}

// GetRefreshTokenSession is never asked.
func (s *store) GetRefreshTokenSession(context.Context, string, fosite.Session) (fosite.Requester, error) {
	return nil, errUnused
}

// DeleteRefreshTokenSession is never asked.
func (s *store) DeleteRefreshTokenSession(context.Context, string) error { return errUnused }

// RotateRefreshToken is never asked.
func (s *store) RotateRefreshToken(context.Context, string, string) error { return errUnused }

// RevokeRefreshToken has been done.
func (s *store) RevokeRefreshToken(context.Context, string) error { return nil }

// RevokeAccessToken has been done.
func (s *store) RevokeAccessToken(context.Context, string) error { return nil }

// sessionOf returns the session of a request. All of them are ours.
func sessionOf(r fosite.Requester) *session {
	s, _ := r.GetSession().(*session)
	if s == nil {
		return &session{}
	}
	return s
}
