package oidc

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/claviger-id/claviger/oidc/claims"
	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/web"
	"github.com/claviger-id/claviger/storage"
)

const notAnswered = "This sign-in link does not work"

// authorize is the authorization endpoint (RFC 6749 section 3.1, OpenID Connect
// Core section 3.1.2).
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	form, err := parameters(r)
	if err != nil {
		return p.page(w, r, http.StatusBadRequest, notAnswered, "The application that sent you here sent something that cannot be read.", err)
	}
	if p.moved(w, r, pathAuthorize, form) {
		return nil
	}
	// Until the client and its redirect URI are known to belong together,
	// nothing is redirected (RFC 6749 section 4.1.2.1, RFC 9700 section 4.11).
	if len(form["client_id"]) != 1 || len(form["redirect_uri"]) != 1 {
		return p.page(w, r, http.StatusBadRequest, notAnswered,
			"The application that sent you here did not say once, and only once, who it is and where to return to (client_id, redirect_uri).", nil)
	}
	c, ok := p.Clients.Get(form.Get("client_id"))
	if !ok {
		return p.page(w, r, http.StatusBadRequest, notAnswered, "The application that sent you here is not registered (client_id).", nil)
	}
	if !client.IsRedirectURI(c, form.Get("redirect_uri")) {
		return p.page(w, r, http.StatusBadRequest, notAnswered,
			"The application that sent you here wants to return to an address that is not registered for it (redirect_uri).", nil)
	}
	to := answerTo{redirectURI: form.Get("redirect_uri"), mode: modeQuery}
	if len(form["state"]) == 1 && len(form.Get("state")) <= limits["state"] {
		to.state = form.Get("state")
	}
	if form.Get("response_mode") == modeFormPost {
		to.mode = modeFormPost
	}
	request, err := p.authorizationRequest(ctx, c, form)
	if err != nil {
		return p.answerError(w, r, to, err)
	}
	s, err := p.current(ctx, r)
	if err != nil {
		return p.answerError(w, r, to, err)
	}
	return p.proceed(w, r, c, request, s)
}

// proceed issues a code from the live session, or begins an interaction.
func (p *Provider) proceed(w http.ResponseWriter, r *http.Request, c storage.Client, request flow.Request, s *storage.Session) error {
	to := target(request)
	decision := flow.Next(flow.State{Request: request, Session: facts(s)})
	switch {
	case decision.Error != "":
		return p.answerError(w, r, to, refuse(Code(decision.Error), decision.Description))
	case decision.UseSession:
		// prompt=none comes without anybody's doing.
		err := p.issue(w, r, c, request, authentication(*s, !request.Prompts("none")))
		if errors.Is(err, storage.ErrEnded) {
			return p.proceed(w, r, c, request, nil) // it ended a moment ago
		}
		return err
	}
	id, err := p.Interactions.Begin(r.Context(), request, p.Cookies.EnsureBrowser(w, r))
	if err != nil {
		return p.answerError(w, r, to, err)
	}
	seeOther(w, flow.PathFor(decision.Step, id))
	return nil
}

// issue issues a code and brings it to the application. Only storage.ErrEnded
// is returned without an answer.
func (p *Provider) issue(w http.ResponseWriter, r *http.Request, c storage.Client, request flow.Request, a Authentication) error {
	code, err := p.Engine.Code(r.Context(), c, request, a)
	if errors.Is(err, storage.ErrEnded) {
		return storage.ErrEnded
	}
	if err != nil {
		return p.answerError(w, r, target(request), err)
	}
	return p.answer(w, r, target(request), url.Values{"code": {code}})
}

func target(r flow.Request) answerTo {
	return answerTo{redirectURI: r.RedirectURI, mode: r.ResponseMode, state: r.State}
}

func authentication(s storage.Session, counts bool) Authentication {
	return Authentication{
		PersonID: s.PersonID, Subject: s.Subject, SessionID: s.ID, AuthTime: s.AuthTime, ACR: s.ACR, AMR: s.AMR, Counts: counts,
	}
}

// authorizationRequest judges the parameters and brings them into canonical
// form.
func (p *Provider) authorizationRequest(ctx context.Context, c storage.Client, form url.Values) (flow.Request, error) {
	// RFC 6749 section 3.1: once at most; empty means absent.
	if name := web.Repeated(form); name != "" {
		return flow.Request{}, refuse(InvalidRequest, "The parameter "+name+" occurs more than once.")
	}
	if name := tooLong(form); name != "" {
		return flow.Request{}, refuse(InvalidRequest, "The parameter "+name+" is too long.")
	}
	// OpenID Connect Core sections 6.1, 6.2 and 7.2.1: never ignored.
	switch {
	case form.Get("request") != "":
		return flow.Request{}, refuse(RequestNotSupported, "Request objects are not supported.")
	case form.Get("request_uri") != "":
		return flow.Request{}, refuse(RequestURINotSupported, "Request objects are not supported.")
	case form.Get("registration") != "":
		return flow.Request{}, refuse(RegistrationNotSupported, "Clients are registered by an operator.")
	}
	mode := form.Get("response_mode")
	switch mode {
	case "":
		mode = modeQuery
	case modeQuery, modeFormPost:
	default:
		return flow.Request{}, refuse(InvalidRequest, "The response_mode is neither query nor form_post.")
	}
	scopes, err := scopes(c, form.Get("scope"))
	if err != nil {
		return flow.Request{}, err
	}
	form.Set("scope", strings.Join(scopes, " "))
	maxAge, err := maxAge(form.Get("max_age"))
	if err != nil {
		return flow.Request{}, err
	}
	if err := p.Engine.Authorize(ctx, c, form); err != nil {
		return flow.Request{}, err
	}
	request := flow.Request{
		ClientID: c.ID, ClientName: c.Name, RedirectURI: form.Get("redirect_uri"), ResponseMode: mode,
		State: form.Get("state"), Nonce: form.Get("nonce"), Scopes: scopes, Audience: []string{client.Audience(c)},
		CodeChallenge: form.Get("code_challenge"), CodeChallengeMethod: form.Get("code_challenge_method"),
		Prompt: strings.Fields(form.Get("prompt")), MaxAge: maxAge, ACRValues: strings.Fields(form.Get("acr_values")),
		LoginHint: form.Get("login_hint"), UILocales: form.Get("ui_locales"), Display: form.Get("display"),
		ReceivedAt: p.Now(),
	}
	if hint := form.Get("id_token_hint"); hint != "" {
		h, ok := p.idTokenHint(hint)
		if ok && h.Audience != c.ID {
			return flow.Request{}, refuse(InvalidRequest, "The id_token_hint was issued to another client.")
		}
		request.HintSubject, request.HintUnusable = h.Subject, !ok
	}
	return request, nil
}

// scopes returns what is asked for, each once. A scope that nobody here knows
// is ignored (OpenID Connect Core section 3.1.2.1); one that is known but not
// the client's is refused.
func scopes(c storage.Client, asked string) ([]string, error) {
	var granted []string
	for _, s := range strings.Fields(asked) {
		switch {
		case slices.Contains(granted, s):
		case slices.Contains(c.Scopes, s):
			granted = append(granted, s)
		case slices.Contains(claims.Scopes(), s):
			return nil, refuse(InvalidScope, "The client is not registered for the scope "+s+".")
		}
	}
	// RFC 6749 section 3.3: there is no default scope.
	if len(granted) == 0 {
		return nil, refuse(InvalidScope, "The request asks for no scope that there is.")
	}
	return granted, nil
}

// maxAge is nil when the parameter is absent.
func maxAge(text string) (*int64, error) {
	if text == "" {
		return nil, nil
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seconds < 0 {
		return nil, refuse(InvalidRequest, "The max_age parameter is not a number of seconds.")
	}
	return &seconds, nil
}
