package fositeop

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/ory/fosite"
	"github.com/ory/fosite/handler/oauth2"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/oidc/claims"
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

// GenerateAccessToken signs a JWT access token (RFC 9068 section 2), bound to
// what the client has proven to hold.
func (t *tokens) GenerateAccessToken(ctx context.Context, r fosite.Requester) (token, signature string, err error) {
	s, c, m := sessionOf(r), clientOf(r), memoOf(ctx)
	now := t.o.Now()
	audience := m.audience
	if audience == nil {
		audience = slices.Clone(s.grant.Audience)
	}
	if r.GetGrantedScopes().Has(scopeOpenID) && !slices.Contains(audience, t.o.Issuer) {
		audience = append(audience, t.o.Issuer) // the UserInfo endpoint is ours
	}
	life := t.o.TokenLife
	if s.life > 0 {
		life = min(life, s.life)
	}
	told := oidc.AccessClaims{
		Issuer: t.o.Issuer, Subject: s.subject, Audience: audience, ClientID: c.ID,
		Expiry: now.Add(life).Unix(), IssuedAt: now.Unix(), ID: secret.NewID(), Scope: join(r.GetGrantedScopes()),
		ACR: s.grant.ACR, AMR: s.grant.AMR, Grant: s.grant.ID, Actor: s.actor, Delegation: s.delegation,
	}
	if s.grant.PersonID != "" {
		told.Subject, told.Actor, told.Delegation = t.names(s, c)
	}
	if !s.grant.AuthTime.IsZero() {
		told.AuthTime = s.grant.AuthTime.Unix()
	}
	if !s.grant.Offline { // what outlives its session does not name it
		told.Session = s.grant.SessionID
	}
	if m.binding != (oidc.Binding{}) {
		told.Confirmation = &oidc.Confirmation{JKT: m.binding.JKT, X5T: m.binding.X5T}
	}
	payload, err := json.Marshal(told)
	if err != nil {
		return "", "", fmt.Errorf("fositeop: %w", err)
	}
	token, err = t.o.Ring.Sign(client.AccessTokenAlg(c), oidc.AccessTokenType, payload)
	return token, "", err
}

// names is what the tokens of a client say of whom they are about, and of who acts
// for that one: the person has signed in, the principal is the subject (RFC 8693
// section 4.1). Each is known to the client in its own way.
func (t *tokens) names(s *session, c storage.Client) (subject string, actor *oidc.Actor, by *oidc.Delegation) {
	if s.acting == nil {
		return t.o.Subjects.Of(c, s.subject), s.actor, s.delegation
	}
	return t.o.Subjects.Of(c, s.acting.Subject), &oidc.Actor{Subject: t.o.Subjects.Of(c, s.subject)}, s.acting.Claim()
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
	// Actor and Delegation are there where somebody acts for the subject.
	Actor      *oidc.Actor      `json:"act,omitempty"`
	Delegation *oidc.Delegation `json:"delegation,omitempty"`
}

func (t *tokens) idToken(ctx context.Context, s *session, c storage.Client, accessToken string) (string, error) {
	now, alg := t.o.Now(), client.IDTokenAlg(c)
	hash, err := halfHash(alg, accessToken)
	if err != nil {
		return "", err
	}
	life := t.o.TokenLife
	if s.life > 0 {
		life = min(life, s.life)
	}
	own := idToken{
		Issuer: t.o.Issuer, Audience: c.ID, Expiry: now.Add(life).Unix(), IssuedAt: now.Unix(),
		AuthTime: s.grant.AuthTime.Unix(), ID: secret.NewID(), Nonce: s.nonce, ACR: s.grant.ACR, AMR: s.grant.AMR,
		AccessTokenHash: hash,
	}
	own.Subject, own.Actor, own.Delegation = t.names(s, c)
	if !s.grant.Offline {
		own.Session = s.grant.SessionID
	}
	payload, err := json.Marshal(own)
	if err != nil {
		return "", fmt.Errorf("fositeop: %w", err)
	}
	if payload, err = t.withClaims(ctx, s, c, payload); err != nil {
		return "", err
	}
	return t.o.Ring.Sign(alg, "JWT", payload)
}

// withClaims adds the claims about the person that the request asked to have in
// the ID token (OpenID Connect Core section 5.5). The token's own are never
// replaced.
func (t *tokens) withClaims(ctx context.Context, s *session, c storage.Client, payload []byte) ([]byte, error) {
	asked, err := claims.ParseRequest(s.grant.Detail.Claims)
	if err != nil {
		return nil, fmt.Errorf("fositeop: %w", err)
	}
	names := claims.Allowed(asked.IDToken, c.Scopes)
	if len(names) == 0 {
		return payload, nil
	}
	told, err := t.o.Profiles.Claims(ctx, s.grant, names)
	if err != nil {
		return nil, err
	}
	var own map[string]any
	d := json.NewDecoder(bytes.NewReader(payload))
	d.UseNumber()
	if err := d.Decode(&own); err != nil {
		return nil, fmt.Errorf("fositeop: %w", err)
	}
	maps.Copy(told, own)
	if payload, err = json.Marshal(told); err != nil {
		return nil, fmt.Errorf("fositeop: %w", err)
	}
	return payload, nil
}

// halfHash is at_hash (OpenID Connect Core section 3.1.3.6): the hash is that
// of the algorithm that signs, which for Ed25519 is SHA-512.
func halfHash(alg, token string) (string, error) {
	var sum []byte
	switch alg {
	case client.AlgES256, client.AlgRS256, client.AlgPS256:
		h := sha256.Sum256([]byte(token))
		sum = h[:]
	case client.AlgEdDSA:
		h := sha512.Sum512([]byte(token))
		sum = h[:]
	default:
		return "", fmt.Errorf("fositeop: the hash of %s is not known", alg)
	}
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2]), nil
}

func clientOf(r fosite.Requester) storage.Client {
	v, _ := r.GetClient().(view)
	return v.Client
}
