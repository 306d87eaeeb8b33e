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
	"github.com/claviger-id/claviger/oidc/device"
	"github.com/claviger-id/claviger/oidc/fault"
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
	Subjects oidc.Subjects
	// Profiles reads the claims about a person for ID tokens.
	Profiles Profiles
	// Passwords, when it is set, is asked before the tokens of a person without a
	// session are renewed.
	Passwords Passwords
	// Barred, when it is set, tells whether an application is for people with a role
	// that the person does not have. It is asked of those that require one.
	Barred func(ctx context.Context, tx storage.Tx, c storage.Client, personID string) (bool, error)
	// Required, when it is set, returns the class that policy asks of a person; empty:
	// none. It is asked before tokens are renewed for who has reached less than
	// Strictest, which is what policy asks of anybody at all.
	Required  func(ctx context.Context, tx storage.Tx, personID string) (string, error)
	Strictest string
	// Agreements, when it is set, is asked before tokens are renewed.
	Agreements Agreements
	// Devices keeps the requests of devices.
	Devices *device.Authorizations
	// Tokens verifies access tokens of ours.
	Tokens Tokens
	// Assertions judges the grants that other issuers make.
	Assertions Assertions
	// CodeLife is the life of an authorization code, TokenLife that of access
	// and ID tokens, GrantLife the absolute life of a grant with its refresh
	// tokens.
	CodeLife, TokenLife, GrantLife time.Duration
	Now                            func() time.Time
}

// Sessions tells whether a session lives, which is no activity, and why one does not.
// package session has it.
type Sessions interface {
	Alive(ctx context.Context, id string) (storage.Session, error)
	// WhyEnded returns "" where the session lives, or nothing is left of it.
	WhyEnded(ctx context.Context, id string) (string, error)
}

// Profiles reads claims about a person.
type Profiles interface {
	// Claims returns those of the names that are known of whom the tokens of a grant
	// are about.
	Claims(ctx context.Context, g storage.Grant, names []string) (map[string]any, error)
}

// Passwords tells whether a person's password still stands for renewing tokens.
// package credential has it.
type Passwords interface {
	// RefuseRenewal returns the reason why not, or "".
	RefuseRenewal(ctx context.Context, tx storage.Tx, who storage.Person, authTime time.Time) (string, error)
}

// Agreements tells whether a person has to accept the Use Agreement first.
// package agreement has it.
type Agreements interface {
	Refuses(ctx context.Context, tx storage.Tx, personID string) (bool, error)
}

// Tokens verifies access tokens of ours, whomever they are addressed to.
type Tokens interface {
	Access(ctx context.Context, token string) (oidc.AccessClaims, error)
}

// Assertions judges what trusted issuers say of their principals.
type Assertions interface {
	// Verify returns the subject of an assertion and how long it still lives.
	Verify(ctx context.Context, c storage.Client, text string) (subject string, left time.Duration, err error)
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
		client.GrantAuthorizationCode: {code, proof, &codeBinding{}, id},
		client.GrantRefreshToken:      {&refreshHandler{o: o, tokens: issue}, id},
		client.GrantClientCredentials: {&clientCredentials{tokens: issue}},
		client.GrantDeviceCode:        {&deviceCode{o: o, tokens: issue}, id},
		client.GrantTokenExchange:     {&tokenExchange{o: o, tokens: issue}},
		client.GrantJWTBearer:         {&jwtBearer{o: o, tokens: issue}},
	}
	config.ClientAuthenticationStrategy = authenticated
	return &Engine{o: o, fosite: &fosite.Fosite{Store: adapter, Config: config}}
}

// authenticated is fosite's ClientAuthenticationStrategy: the client has been
// authenticated before the engine is asked.
func authenticated(ctx context.Context, _ *http.Request, _ url.Values) (fosite.Client, error) {
	return view{memoOf(ctx).client}, nil
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
	ar, err := e.fosite.NewAuthorizeRequest(ctx, synthetic(asked))
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
		return &fault.Error{Code: fault.InvalidRequest, Description: "There is a code_challenge_method without a code_challenge."}
	}
	if c != "" && (len(c) != 43 || strings.Trim(c, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "") {
		return &fault.Error{Code: fault.InvalidRequest, Description: "The code_challenge is not a SHA-256 in base64url (method S256)."}
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
		Offline: a.Acting == nil && offline(c, r.Scopes), Claims: r.Claims, JKT: r.DPoPJKT,
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
	idle, absolute := client.SessionLimits(c)
	err = e.o.Codes.Save(ctx, storage.Code{
		Hash: []byte(m.signature[sessionLength:]), GrantID: ar.GetID(), Request: text, ExpiresAt: now.Add(client.CodeLife(c, e.o.CodeLife)), KeepUntil: now.Add(codeMemory),
	}, &storage.Activity{SessionID: a.SessionID, ClientID: c.ID, At: now, Counts: a.Counts, IdleLimit: idle, AbsoluteLimit: absolute})
	if err != nil {
		return "", fmt.Errorf("fositeop: code: %w", err)
	}
	return response.GetCode(), nil
}

// offline says that a grant outlives its session: the client may have that, and
// asked for it.
func offline(c storage.Client, scopes []string) bool {
	return client.MayOffline(c) && slices.Contains(scopes, client.ScopeOffline)
}

// Token answers a token request.
func (e *Engine) Token(ctx context.Context, r oidc.TokenRequest) (oidc.TokenResponse, error) {
	m := &memo{client: r.Client, binding: r.Binding}
	out, err := e.token(withMemo(ctx, m), m, r.Form)
	if err != nil {
		return oidc.TokenResponse{}, translate(m, err)
	}
	return out, nil
}

func (e *Engine) token(ctx context.Context, m *memo, form url.Values) (oidc.TokenResponse, error) {
	grant := form.Get("grant_type")
	if !client.MayUse(m.client, grant) {
		return oidc.TokenResponse{}, fault.New(fault.UnauthorizedClient, "The client is not registered for this grant_type.")
	}
	if grant == client.GrantAuthorizationCode && form.Get("code") == "" {
		return oidc.TokenResponse{}, fault.New(fault.InvalidRequest, "The parameter code is missing.")
	}
	request, err := e.fosite.NewAccessRequest(ctx, synthetic(form), &session{})
	if err != nil {
		return oidc.TokenResponse{}, err
	}
	// Where the request names resources, the access token is for these alone.
	if m.audience, err = narrowAudience(sessionOf(request).grant.Audience, form["resource"]); err != nil {
		return oidc.TokenResponse{}, err
	}
	response, err := e.fosite.NewAccessResponse(ctx, request)
	if err != nil {
		return oidc.TokenResponse{}, err
	}
	out := oidc.TokenResponse{
		AccessToken: response.GetAccessToken(), TokenType: oidc.TypeBearer,
		ExpiresIn: int64(e.o.TokenLife / time.Second), Scope: strings.Join(request.GetGrantedScopes(), " "),
	}
	if life := sessionOf(request).life; life > 0 {
		out.ExpiresIn = int64(life / time.Second)
	}
	if m.binding.JKT != "" {
		out.TokenType = oidc.TypeDPoP // RFC 9449 section 5
	}
	out.RefreshToken, _ = response.GetExtra("refresh_token").(string)
	out.IDToken, _ = response.GetExtra("id_token").(string)
	out.IssuedTokenType, _ = response.GetExtra("issued_token_type").(string)
	return out, nil
}

// narrowAudience returns what is asked for, of what was granted, or nil when
// nothing is asked for.
func narrowAudience(granted, asked []string) ([]string, error) {
	var narrowed []string
	for _, a := range asked {
		switch {
		case a == "":
		case !slices.Contains(granted, a):
			return nil, fault.New(fault.InvalidTarget, "The client was not given access to this resource.")
		case !slices.Contains(narrowed, a):
			narrowed = append(narrowed, a)
		}
	}
	return narrowed, nil
}

// RefreshToken reads a refresh token of the client.
func (e *Engine) RefreshToken(c storage.Client, token string) (grantID string, generation int64, ok bool) {
	t, ok := decodeRefreshToken(e.o.Keyring, c.ID, token)
	return t.grantID, t.generation, ok
}

// synthetic is a request that has been parsed already: fosite reads no body.
func synthetic(form url.Values) *http.Request {
	return &http.Request{Method: http.MethodPost, URL: &url.URL{}, Header: http.Header{}, Form: form, PostForm: form, Body: http.NoBody}
}

// translate makes of what fosite says an OAuth error, or an error of ours. A
// failure that the memo has noted outranks what fosite made of it.
func translate(m *memo, err error) error {
	if m.failure != nil {
		return m.failure
	}
	var own *fault.Error
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
var codes = map[string]fault.Code{
	fosite.ErrInvalidRequest.ErrorField:          fault.InvalidRequest,
	fosite.ErrInvalidClient.ErrorField:           fault.InvalidClient,
	fosite.ErrInvalidGrant.ErrorField:            fault.InvalidGrant,
	fosite.ErrInvalidScope.ErrorField:            fault.InvalidScope,
	fosite.ErrUnauthorizedClient.ErrorField:      fault.UnauthorizedClient,
	fosite.ErrUnsupportedResponseType.ErrorField: fault.UnsupportedResponseType,
	fosite.ErrUnsupportedResponseMode.ErrorField: fault.InvalidRequest,
}

func fromFosite(err error) *fault.Error {
	var found *fosite.RFC6749Error
	if !errors.As(err, &found) {
		return &fault.Error{Code: fault.ServerError, Description: "Something went wrong on our side.", Cause: err}
	}
	code, known := codes[found.ErrorField]
	if !known {
		return &fault.Error{
			Code: fault.ServerError, Description: "Something went wrong on our side.",
			Cause: fmt.Errorf("fositeop: %s: %s %s: %w", found.ErrorField, found.HintField, found.DebugField, err),
		}
	}
	description := found.HintField
	if description == "" {
		description = found.DescriptionField
	}
	return &fault.Error{Code: code, Description: description, Cause: found.Cause()}
}
