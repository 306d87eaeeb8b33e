package fositeop

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"time"

	"github.com/ory/fosite"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/storage"
)

// memo is what is known of the request at hand, so that fosite's questions cost
// nothing, and what there is to write once it is done.
type memo struct {
	client storage.Client
	// binding is what the client has proven to hold with a token request.
	binding oidc.Binding
	// audience is what the access token is addressed to, where the request
	// names less than the grant has (RFC 8707 section 2.2).
	audience []string
	// rehearsal says that nothing will be stored.
	rehearsal bool
	// signature is the key of the code that is being issued or redeemed.
	signature string
	// code is the code that was redeemed.
	code *fosite.Request
	// failure is a failure of a store: not the caller's doing.
	failure error
}

type memoKey struct{}

func withMemo(ctx context.Context, m *memo) context.Context {
	return context.WithValue(ctx, memoKey{}, m)
}

// memoOf returns the memo of the request. Each entry of Engine puts one there.
func memoOf(ctx context.Context) *memo {
	m, _ := ctx.Value(memoKey{}).(*memo)
	return m
}

// fail notes a failure of a store and returns it.
func (m *memo) fail(err error) error {
	m.failure = err
	return err
}

// authorization is what a code stands for, as it is stored with it.
type authorization struct {
	ClientID            string              `json:"client_id"`
	RedirectURI         string              `json:"redirect_uri"`
	Scopes              []string            `json:"scopes,omitempty"`
	Audience            []string            `json:"audience,omitempty"`
	Nonce               string              `json:"nonce,omitempty"`
	CodeChallenge       string              `json:"code_challenge,omitempty"`
	CodeChallengeMethod string              `json:"code_challenge_method,omitempty"`
	Offline             bool                `json:"offline,omitempty"`
	Claims              json.RawMessage     `json:"claims,omitempty"`
	JKT                 string              `json:"jkt,omitempty"`
	Authentication      oidc.Authentication `json:"authentication"`
}

// request is the authorization as fosite sees it.
func (a authorization) request(c view, grantID string) *fosite.Request {
	form := url.Values{"redirect_uri": {a.RedirectURI}}
	detail := storage.GrantDetail{Claims: a.Claims}
	if acting := a.Authentication.Acting; acting != nil {
		detail.Acting = acting.Grant()
	}
	if a.CodeChallenge != "" {
		form.Set("code_challenge", a.CodeChallenge)
		form.Set("code_challenge_method", a.CodeChallengeMethod)
	}
	return &fosite.Request{
		ID: grantID, Client: c, Form: form,
		RequestedScope: slices.Clone(a.Scopes), GrantedScope: slices.Clone(a.Scopes),
		RequestedAudience: slices.Clone(a.Audience), GrantedAudience: slices.Clone(a.Audience),
		Session: &session{
			subject: a.Authentication.Subject, acting: a.Authentication.Acting, nonce: a.Nonce, jkt: a.JKT,
			grant: storage.Grant{
				ID: grantID, ClientID: a.ClientID, PersonID: a.Authentication.PersonID, SessionID: a.Authentication.SessionID,
				Scopes: a.Scopes, Audience: a.Audience, Offline: a.Offline, Detail: detail,
				AuthTime: a.Authentication.AuthTime, ACR: a.Authentication.ACR, AMR: a.Authentication.AMR,
			},
		},
	}
}

// session is fosite's Session: the grant that tokens are issued from.
type session struct {
	// subject is who has signed in.
	subject string
	// acting is for whom; nil: for themselves.
	acting *oidc.Acting
	nonce  string
	// jkt is the key that the code is bound to (RFC 9449 section 10).
	jkt   string
	grant storage.Grant
	// actor is who acts for the subject, by the token that was exchanged (RFC
	// 8693 section 4.1).
	actor *oidc.Actor
	// delegation is what that token says of it.
	delegation *oidc.Delegation
	// life is how long the access token may live; 0 means as long as any.
	life time.Duration
}

var _ fosite.Session = (*session)(nil)

// SetExpiresAt does nothing: fosite would reckon with a clock of its own.
func (*session) SetExpiresAt(fosite.TokenType, time.Time) {}

// GetExpiresAt returns zero, for which fosite takes the configured life.
func (*session) GetExpiresAt(fosite.TokenType) time.Time { return time.Time{} }

// GetUsername returns nothing.
func (*session) GetUsername() string { return "" }

// GetSubject returns the subject.
func (s *session) GetSubject() string { return s.subject }

// Clone returns a copy.
func (s *session) Clone() fosite.Session {
	c := *s
	return &c
}
