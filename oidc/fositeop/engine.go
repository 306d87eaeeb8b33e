package fositeop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ory/fosite"
	"github.com/ory/fosite/handler/oauth2"
	"github.com/ory/fosite/handler/pkce"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/keys"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// Options are what an Engine works with.
type Options struct {
	Issuer   string
	Clients  *oidc.Clients
	Grants   *oidc.Grants
	Codes    storage.Codes
	Sessions Sessions
	Ring     *keys.Ring
	Keyring  *secret.Keyring
	// CodeLife is the life of an authorization code, TokenLife that of access
	// and ID tokens, GrantLife the absolute life of a grant with its refresh
	// tokens.
	CodeLife, TokenLife, GrantLife time.Duration
	Now                            func() time.Time
}

// Sessions tells whether a session lives, which is no activity. package session
// has it.
type Sessions interface {
	Alive(ctx context.Context, id string) (storage.Session, error)
}

// Engine is the rule engine. It is safe for concurrent use.
type Engine struct {
	o      Options
	fosite *fosite.Fosite
}

var _ oidc.Engine = (*Engine)(nil)

// New returns an engine.
func New(o Options) *Engine {
	adapter := &store{o: o}
	issue := &tokens{o: o}
	config := newConfig(o)
	code := &oauth2.AuthorizeExplicitGrantHandler{
		AccessTokenStrategy: issue, RefreshTokenStrategy: issue, AuthorizeCodeStrategy: issue,
		CoreStorage: adapter, TokenRevocationStorage: adapter, Config: config,
	}
	proof := &pkce.Handler{AuthorizeCodeStrategy: issue, Storage: adapter, Config: config}
	id := &idTokenHandler{tokens: issue}
	// The order matters: PKCE is checked once the code is there, and an ID
	// token holds a hash of the access token.
	config.authorize = fosite.AuthorizeEndpointHandlers{code, proof}
	config.byGrant = map[string]fosite.TokenEndpointHandlers{
		client.GrantAuthorizationCode: {code, proof, id},
		client.GrantRefreshToken:      {&refreshHandler{o: o, tokens: issue}, id},
	}
	config.ClientAuthenticationStrategy = (&authenticator{o: o}).authenticate
	return &Engine{o: o, fosite: &fosite.Fosite{Store: adapter, Config: config}}
}

// Authorize lets the request pass through everything that Code will ask, and
// keeps nothing of it: what is wrong is told before anybody is asked to sign in.
func (e *Engine) Authorize(ctx context.Context, c storage.Client, form url.Values) error {
	m := &memo{client: c, rehearsal: true}
	ctx = withMemo(ctx, m)
	// fosite sees only what it is to judge. The state is ours to echo; to fosite
	// it is a parameter that must be there.
	asked := url.Values{"state": {"echoed-by-us"}}
	for _, name := range []string{"client_id", "redirect_uri", "response_type", "scope", "code_challenge", "code_challenge_method"} {
		if v := form.Get(name); v != "" {
			asked.Set(name, v)
		}
	}
	if err := challenge(asked); err != nil {
		return err
	}
	ar, err := e.fosite.NewAuthorizeRequest(ctx, synthetic(asked, ""))
	if err == nil {
		_, err = e.fosite.NewAuthorizeResponse(ctx, ar, &session{})
	}
	if err != nil {
		return translate(m, err)
	}
	return nil
}

// challenge checks what fosite does not: that a challenge is one (RFC 7636
// section 4.2, S256).
func challenge(form url.Values) error {
	c := form.Get("code_challenge")
	if c == "" && form.Get("code_challenge_method") != "" {
		return &oidc.Error{Code: oidc.InvalidRequest, Description: "There is a code_challenge_method without a code_challenge."}
	}
	if c != "" && (len(c) != 43 || strings.Trim(c, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "") {
		return &oidc.Error{Code: oidc.InvalidRequest, Description: "The code_challenge is not a SHA-256 in base64url (method S256)."}
	}
	return nil
}

// Code issues an authorization code: one round trip.
func (e *Engine) Code(ctx context.Context, c storage.Client, r flow.Request, a oidc.Authentication) (string, error) {
	m := &memo{client: c}
	ctx = withMemo(ctx, m)
	redirect, err := url.Parse(r.RedirectURI)
	if err != nil {
		return "", fmt.Errorf("fositeop: %w", err)
	}
	record := authorization{
		ClientID: c.ID, RedirectURI: r.RedirectURI, Scopes: r.Scopes, Audience: r.Audience, Nonce: r.Nonce,
		CodeChallenge: r.CodeChallenge, CodeChallengeMethod: r.CodeChallengeMethod, Authentication: a,
	}
	ar := &fosite.AuthorizeRequest{
		ResponseTypes: fosite.Arguments{"code"}, RedirectURI: redirect, Request: *record.request(view{c}, secret.NewID()),
	}
	response, err := e.fosite.NewAuthorizeResponse(ctx, ar, ar.GetSession())
	if err != nil {
		return "", translate(m, err)
	}
	text, err := json.Marshal(record)
	if err != nil {
		return "", fmt.Errorf("fositeop: %w", err)
	}
	now := e.o.Now()
	err = e.o.Codes.Save(ctx, storage.Code{
		Hash: []byte(m.signature[sessionLength:]), GrantID: ar.GetID(), Request: text, ExpiresAt: now.Add(e.o.CodeLife), KeepUntil: now.Add(codeMemory),
	}, &storage.Activity{SessionID: a.SessionID, ClientID: c.ID, At: now, Counts: a.Counts})
	if err != nil {
		return "", fmt.Errorf("fositeop: code: %w", err)
	}
	return response.GetCode(), nil
}

// Token answers a token request.
func (e *Engine) Token(ctx context.Context, r oidc.TokenRequest) (oidc.TokenResponse, error) {
	switch grant := r.Form.Get("grant_type"); {
	case grant == "":
		return oidc.TokenResponse{}, &oidc.Error{Code: oidc.InvalidRequest, Description: "The parameter grant_type is missing."}
	case !slices.Contains(client.GrantTypes(), grant):
		// fosite would call it an invalid request (RFC 6749 section 5.2).
		return oidc.TokenResponse{}, &oidc.Error{Code: oidc.UnsupportedGrantType, Description: "This grant_type is not offered."}
	case grant == client.GrantAuthorizationCode && r.Form.Get("code") == "":
		return oidc.TokenResponse{}, &oidc.Error{Code: oidc.InvalidRequest, Description: "The parameter code is missing."}
	}
	m := &memo{}
	ctx = withMemo(ctx, m)
	request, err := e.fosite.NewAccessRequest(ctx, synthetic(r.Form, r.Authorization), &session{})
	if err != nil {
		return oidc.TokenResponse{}, translate(m, err)
	}
	response, err := e.fosite.NewAccessResponse(ctx, request)
	if err != nil {
		return oidc.TokenResponse{}, translate(m, err)
	}
	out := oidc.TokenResponse{
		AccessToken: response.GetAccessToken(), TokenType: "Bearer",
		ExpiresIn: int64(e.o.TokenLife / time.Second), Scope: strings.Join(request.GetGrantedScopes(), " "),
	}
	out.RefreshToken, _ = response.GetExtra("refresh_token").(string)
	out.IDToken, _ = response.GetExtra("id_token").(string)
	return out, nil
}

// synthetic is a request that has been parsed already: fosite reads no body.
func synthetic(form url.Values, authorization string) *http.Request {
	r := &http.Request{Method: http.MethodPost, URL: &url.URL{}, Header: http.Header{}, Form: form, PostForm: form, Body: http.NoBody}
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	return r
}

// translate makes of what fosite says an OAuth error, or an error of ours. A
// failure that the memo has noted outranks what fosite made of it.
func translate(m *memo, err error) error {
	if m.failure != nil {
		return m.failure
	}
	var own *oidc.Error
	if !errors.As(err, &own) {
		own = fromFosite(err)
	}
	if own.ClientID == "" {
		own.ClientID = m.client.ID
	}
	return own
}

// codes are the errors of fosite that may leave as they are. All others are of
// its own making.
var codes = map[string]oidc.Code{
	fosite.ErrInvalidRequest.ErrorField:          oidc.InvalidRequest,
	fosite.ErrInvalidClient.ErrorField:           oidc.InvalidClient,
	fosite.ErrInvalidGrant.ErrorField:            oidc.InvalidGrant,
	fosite.ErrInvalidScope.ErrorField:            oidc.InvalidScope,
	fosite.ErrUnauthorizedClient.ErrorField:      oidc.UnauthorizedClient,
	fosite.ErrUnsupportedResponseType.ErrorField: oidc.UnsupportedResponseType,
	fosite.ErrUnsupportedResponseMode.ErrorField: oidc.InvalidRequest,
}

func fromFosite(err error) *oidc.Error {
	var found *fosite.RFC6749Error
	if !errors.As(err, &found) {
		return &oidc.Error{Code: oidc.ServerError, Description: "Something went wrong on our side.", Cause: err}
	}
	code, known := codes[found.ErrorField]
	if !known {
		return &oidc.Error{
			Code: oidc.ServerError, Description: "Something went wrong on our side.",
			Cause: fmt.Errorf("fositeop: %s: %s %s: %w", found.ErrorField, found.HintField, found.DebugField, err),
		}
	}
	description := found.HintField
	if description == "" {
		description = found.DescriptionField
	}
	return &oidc.Error{Code: code, Description: description, Cause: found.Cause()}
}
