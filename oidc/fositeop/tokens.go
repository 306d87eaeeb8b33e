package fositeop

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/ory/fosite"
	"github.com/ory/fosite/handler/oauth2"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// tokens makes codes and tokens. It is fosite's CoreStrategy.
type tokens struct{ o Options }

var _ oauth2.CoreStrategy = (*tokens)(nil)

// A code is the id of its session (secret.NewID), a dot and 256 random bits
// (secret.NewToken). The id lets the session be looked at in the round trip that
// spends the code; it is public, and the hash of the code covers it.
const (
	sessionLength = 26
	codeLength    = sessionLength + 1 + 43
)

// GenerateAuthorizeCode draws 256 random bits.
func (t *tokens) GenerateAuthorizeCode(ctx context.Context, r fosite.Requester) (code, signature string, err error) {
	if memoOf(ctx).rehearsal {
		return "rehearsal", "", nil
	}
	code = sessionOf(r).grant.SessionID + "." + secret.NewToken()
	return code, t.AuthorizeCodeSignature(ctx, code), nil
}

// AuthorizeCodeSignature is what the store knows a code by: the id of its
// session and its SHA-256, or nothing for what cannot be a code.
func (t *tokens) AuthorizeCodeSignature(_ context.Context, code string) string {
	if len(code) != codeLength || code[sessionLength] != '.' {
		return ""
	}
	return code[:sessionLength] + string(secret.Hash(code))
}

// ValidateAuthorizeCode has been done by redeeming it.
func (t *tokens) ValidateAuthorizeCode(context.Context, fosite.Requester, string) error { return nil }

// GenerateAccessToken signs a JWT access token (RFC 9068 section 2).
func (t *tokens) GenerateAccessToken(_ context.Context, r fosite.Requester) (token, signature string, err error) {
	s, c := sessionOf(r), clientOf(r)
	now := t.o.Now()
	audience := slices.Clone(s.grant.Audience)
	if r.GetGrantedScopes().Has(scopeOpenID) && !slices.Contains(audience, t.o.Issuer) {
		audience = append(audience, t.o.Issuer) // the UserInfo endpoint is ours
	}
	payload, err := json.Marshal(oidc.AccessClaims{
		Issuer: t.o.Issuer, Subject: s.subject, Audience: audience, ClientID: c.ID,
		Expiry: now.Add(t.o.TokenLife).Unix(), IssuedAt: now.Unix(), ID: secret.NewID(), Scope: join(r.GetGrantedScopes()),
		AuthTime: s.grant.AuthTime.Unix(), ACR: s.grant.ACR, AMR: s.grant.AMR, Session: s.grant.SessionID, Grant: s.grant.ID,
	})
	if err != nil {
		return "", "", fmt.Errorf("fositeop: %w", err)
	}
	token, err = t.o.Ring.Sign(client.AccessTokenAlg(c), oidc.AccessTokenType, payload)
	return token, "", err
}

// AccessTokenSignature is never needed: access tokens are not stored.
func (t *tokens) AccessTokenSignature(context.Context, string) string { return "" }

// ValidateAccessToken is never asked.
func (t *tokens) ValidateAccessToken(context.Context, fosite.Requester, string) error {
	return errUnused
}

// GenerateRefreshToken derives the first refresh token of a grant.
func (t *tokens) GenerateRefreshToken(_ context.Context, r fosite.Requester) (token, signature string, err error) {
	s := sessionOf(r)
	s.grant.Generation = 1
	token = refreshTokenOf(s.grant).encode(t.o.Keyring, s.grant.ClientID)
	return token, token, nil // fosite takes an empty signature for no token
}

// RefreshTokenSignature is never asked: refresh is ours.
func (t *tokens) RefreshTokenSignature(context.Context, string) string { return "" }

// ValidateRefreshToken is never asked.
func (t *tokens) ValidateRefreshToken(context.Context, fosite.Requester, string) error {
	return errUnused
}

// idToken is OpenID Connect Core section 2.
type idToken struct {
	Issuer          string   `json:"iss"`
	Subject         string   `json:"sub"`
	Audience        string   `json:"aud"`
	Expiry          int64    `json:"exp"`
	IssuedAt        int64    `json:"iat"`
	AuthTime        int64    `json:"auth_time"`
	ID              string   `json:"jti"`
	Nonce           string   `json:"nonce,omitempty"`
	ACR             string   `json:"acr,omitempty"`
	AMR             []string `json:"amr,omitempty"`
	Session         string   `json:"sid,omitempty"`
	AccessTokenHash string   `json:"at_hash"`
}

func (t *tokens) idToken(s *session, c storage.Client, accessToken string) (string, error) {
	now := t.o.Now()
	payload, err := json.Marshal(idToken{
		Issuer: t.o.Issuer, Subject: s.subject, Audience: c.ID, Expiry: now.Add(t.o.TokenLife).Unix(), IssuedAt: now.Unix(),
		AuthTime: s.grant.AuthTime.Unix(), ID: secret.NewID(), Nonce: s.nonce, ACR: s.grant.ACR, AMR: s.grant.AMR, Session: s.grant.SessionID,
		AccessTokenHash: halfHash(accessToken),
	})
	if err != nil {
		return "", fmt.Errorf("fositeop: %w", err)
	}
	return t.o.Ring.Sign(client.IDTokenAlg(c), "JWT", payload)
}

// halfHash is at_hash (OpenID Connect Core section 3.1.3.6). All algorithms
// that are offered hash with SHA-256.
func halfHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}

func clientOf(r fosite.Requester) storage.Client {
	v, _ := r.GetClient().(view)
	return v.Client
}
