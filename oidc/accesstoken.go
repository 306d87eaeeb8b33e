package oidc

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/claviger-id/claviger/pkg/session"
)

// AccessTokenType is the header type of an access token (RFC 9068 section 2.1).
const AccessTokenType = "at+jwt"

// AccessClaims are the claims of an access token (RFC 9068 section 2.2).
type AccessClaims struct {
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	Audience []string `json:"aud"`
	ClientID string   `json:"client_id"`
	Expiry   int64    `json:"exp"`
	IssuedAt int64    `json:"iat"`
	ID       string   `json:"jti"`
	Scope    string   `json:"scope,omitempty"`
	AuthTime int64    `json:"auth_time,omitempty"`
	ACR      string   `json:"acr,omitempty"`
	AMR      []string `json:"amr,omitempty"`
	Session  string   `json:"sid,omitempty"`
	// Grant is a claim of ours: the grant that the token belongs to.
	Grant string `json:"gid,omitempty"`
}

// Allows says that the token carries a scope.
func (c AccessClaims) Allows(scope string) bool {
	return slices.Contains(strings.Fields(c.Scope), scope)
}

// accessToken verifies a token that is presented to us, as RFC 9068 section 4
// lays down, and that neither its grant nor its session has ended since.
func (p *Provider) accessToken(ctx context.Context, token string) (AccessClaims, error) {
	payload, typ, err := p.Keys.Verify(token)
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
	now := p.Now()
	switch {
	case c.Issuer != p.Issuer:
		return AccessClaims{}, badToken("The access token was not issued here.", nil)
	case !slices.Contains(c.Audience, p.Issuer):
		return AccessClaims{}, badToken("The access token is meant for somebody else.", nil)
	case now.Unix() >= c.Expiry:
		return AccessClaims{}, badToken("The access token has expired.", nil)
	}
	ended, err := p.Marks.Any(ctx, now, session.Mark(c.Session), GrantMark(c.Grant))
	if err != nil {
		return AccessClaims{}, err
	}
	if ended {
		return AccessClaims{}, badToken("The session or the grant of the access token has ended.", nil)
	}
	return c, nil
}

// badToken is RFC 6750 section 3.1, invalid_token.
func badToken(description string, cause error) *Error {
	return &Error{
		Code: InvalidToken, Description: description, Cause: cause,
		Challenge: `Bearer realm="claviger", error="invalid_token", error_description="` + plain(description) + `"`,
	}
}
