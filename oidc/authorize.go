package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/claviger-id/claviger/oidc/claims"
	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/web"
	"github.com/claviger-id/claviger/storage"
)

// authorize is the authorization endpoint (RFC 6749 section 3.1, OpenID Connect
// Core section 3.1.2).
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	form, err := parameters(r)
	if err != nil {
		return p.page(w, r, http.StatusBadRequest, flow.Unreadable, err)
	}
	if p.moved(w, r, pathAuthorize, form) {
		return nil
	}
	if form.Get("request_uri") != "" {
		return p.authorizePushed(w, r, form)
	}
	outer := form
	if form.Get("request") != "" {
		c, ok := p.Clients.Get(form.Get("client_id"))
		if !ok || len(form["client_id"]) != 1 || len(form["request"]) != 1 {
			return p.page(w, r, http.StatusBadRequest, flow.NotRegistered, nil)
		}
		if form, err = p.requestObject(ctx, c, form); err != nil {
			return p.refuseUnread(w, r, c, outer, err)
		}
	}
	// Until the client and its redirect URI are known to belong together,
	// nothing is redirected (RFC 6749 section 4.1.2.1, RFC 9700 section 4.11).
	if len(form["client_id"]) != 1 || len(form["redirect_uri"]) != 1 {
		return p.page(w, r, http.StatusBadRequest, flow.NoAddress, nil)
	}
	c, ok := p.Clients.Get(form.Get("client_id"))
	if !ok {
		return p.page(w, r, http.StatusBadRequest, flow.NotRegistered, nil)
	}
	if !client.IsRedirectURI(c, form.Get("redirect_uri")) {
		return p.page(w, r, http.StatusBadRequest, flow.WrongAddress, nil)
	}
	to := unread(c, form)
	switch {
	case client.RequiresPushed(c): // RFC 9126 section 5
		return p.answerError(w, r, to, fault.New(fault.InvalidRequest, "Authorization requests of this client have to be pushed."))
	case c.RequireSignedRequest && outer.Get("request") == "": // RFC 9101 section 10.5
		return p.answerError(w, r, to, fault.New(fault.InvalidRequest, "Authorization requests of this client have to be signed."))
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

// unread is where the answer to a request goes that has not been judged yet,
// whose redirect URI is the client's.
func unread(c storage.Client, form url.Values) answerTo {
	to := answerTo{client: c, redirectURI: form.Get("redirect_uri"), mode: modeQuery}
	if len(form["state"]) == 1 && len(form.Get("state")) <= limits["state"] {
		to.state = form.Get("state")
	}
	if mode := form.Get("response_mode"); slices.Contains(responseModes(), mode) {
		to.mode = mode
	}
	return to
}

// refuseUnread answers a request object that is refused: to the application,
// where the request beside it says an address that is the client's own.
func (p *Provider) refuseUnread(w http.ResponseWriter, r *http.Request, c storage.Client, outer url.Values, cause error) error {
	if len(outer["redirect_uri"]) == 1 && client.IsRedirectURI(c, outer.Get("redirect_uri")) {
		return p.answerError(w, r, unread(c, outer), cause)
	}
	e := asError(cause)
	return p.refused(w, r, e, cause)
}

// proceed issues a code from the live session, or begins an interaction.
func (p *Provider) proceed(w http.ResponseWriter, r *http.Request, c storage.Client, request flow.Request, s *storage.Session) error {
	to := target(c, request)
	state := flow.State{Request: request}
	if err := p.Recall(r.Context(), &state, s); err != nil {
		return p.answerError(w, r, to, err)
	}
	decision := flow.Next(state)
	switch {
	case decision.Error != "":
		return p.answerError(w, r, to, fault.New(fault.Code(decision.Error), decision.Description))
	case decision.UseSession:
		err := p.issue(w, r, c, request, authentication(request, *s, decision.Acts, byPerson(r, request)))
		if errors.Is(err, storage.ErrEnded) {
			return p.proceed(w, r, c, request, nil) // it ended a moment ago
		}
		return err
	}
	id, err := p.interact(w, r, request)
	if err != nil {
		return p.answerError(w, r, to, err)
	}
	seeOther(w, flow.PathFor(decision.Step, id))
	return nil
}

// byPerson says that somebody did something that led here. prompt=none comes without
// anybody's doing, and so does a page that is abandoned and leads here by a timer: browsers
// tell by Sec-Fetch-User whether a person began a navigation (Fetch Metadata Request
// Headers, section 2.4). One that sends none of these headers is believed.
func byPerson(r *http.Request, request flow.Request) bool {
	return !request.Prompts("none") && (r.Header.Get("Sec-Fetch-Mode") == "" || r.Header.Get("Sec-Fetch-User") == "?1")
}

// issue issues a code and brings it to the application. Only storage.ErrEnded
// is returned without an answer.
func (p *Provider) issue(w http.ResponseWriter, r *http.Request, c storage.Client, request flow.Request, a Authentication) error {
	if err := p.takePushed(r.Context(), request); err != nil {
		return p.answerError(w, r, target(c, request), err)
	}
	if a.Acting != nil {
		request.Scopes = actingScopes(request.Scopes)
		if len(request.Scopes) == 0 {
			return p.answerError(w, r, target(c, request), fault.New(fault.InvalidScope, "The request asks for no scope that who acts for somebody is given."))
		}
	}
	code, err := p.Engine.Code(r.Context(), c, request, a)
	if errors.Is(err, storage.ErrEnded) {
		return storage.ErrEnded
	}
	if err != nil {
		return p.answerError(w, r, target(c, request), err)
	}
	return p.answer(w, r, target(c, request), url.Values{"code": {code}})
}

func target(c storage.Client, r flow.Request) answerTo {
	return answerTo{client: c, redirectURI: r.RedirectURI, mode: r.ResponseMode, state: r.State}
}

func authentication(r flow.Request, s storage.Session, acts flow.Mandate, counts bool) Authentication {
	return Authentication{
		PersonID: s.PersonID, Subject: s.Subject, SessionID: s.ID, AuthTime: s.AuthTime, ACR: r.Answer(s.ACR), AMR: s.AMR, Counts: counts,
		Acting: actingNow(acts),
	}
}

// authorizationRequest judges the parameters and brings them into canonical
// form.
func (p *Provider) authorizationRequest(ctx context.Context, c storage.Client, form url.Values) (flow.Request, error) {
	// RFC 6749 section 3.1: once at most; empty means absent.
	if name := web.Repeated(form, "resource"); name != "" {
		return flow.Request{}, fault.New(fault.InvalidRequest, "The parameter "+name+" occurs more than once.")
	}
	if name := tooLong(form); name != "" {
		return flow.Request{}, fault.New(fault.InvalidRequest, "The parameter "+name+" is too long.")
	}
	switch {
	case form.Get("registration") != "": // OpenID Connect Core section 7.2.1: never ignored
		return flow.Request{}, fault.New(fault.RegistrationNotSupported, "Clients are registered by an operator.")
	}
	mode := form.Get("response_mode")
	switch {
	case mode == "":
		mode = modeQuery
	case mode == modeJWT:
		mode = modeQueryJWT // JARM section 2.3.4: the default of the response type
	case !slices.Contains(responseModes(), mode):
		return flow.Request{}, fault.New(fault.InvalidRequest, "The response_mode is none of "+strings.Join(responseModes(), ", ")+".")
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
	audience, err := resources(c, form["resource"])
	if err != nil {
		return flow.Request{}, err
	}
	asked, err := claims.ParseRequest([]byte(form.Get("claims")))
	if err != nil {
		return flow.Request{}, fault.New(fault.InvalidRequest, "The claims parameter cannot be read.")
	}
	if err := p.Engine.Authorize(ctx, c, form); err != nil {
		return flow.Request{}, err
	}
	request := flow.Request{
		ClientID: c.ID, ClientName: c.Name, RedirectURI: form.Get("redirect_uri"), ResponseMode: mode,
		State: form.Get("state"), Nonce: form.Get("nonce"), Scopes: scopes, Audience: audience,
		CodeChallenge: form.Get("code_challenge"), CodeChallengeMethod: form.Get("code_challenge_method"),
		Prompt: strings.Fields(form.Get("prompt")), MaxAge: maxAge, ACRValues: strings.Fields(form.Get("acr_values")),
		LoginHint: form.Get("login_hint"), UILocales: form.Get("ui_locales"), Display: form.Get("display"),
		ReceivedAt: p.Now(),
	}
	if len(asked.Userinfo)+len(asked.IDToken) > 0 {
		request.Claims = json.RawMessage(form.Get("claims"))
		request.ClaimScopes = asked.Beside(scopes, c.Scopes)
	}
	if acr := asked.IDToken["acr"]; acr.Essential {
		request.EssentialACR = acr.Accepts()
	}
	request.HintSubject = asked.IDToken["sub"].Value // OpenID Connect Core section 5.5.1
	if c.Consent {
		request.Consent = slices.Concat(scopes, request.ClaimScopes)
	}
	request.DPoPJKT = form.Get("dpop_jkt")
	if request.MaxAge == nil {
		request.MaxAge = c.DefaultMaxAge
	}
	request.RequiredACR = c.RequiredACR
	if len(request.ACRValues) == 0 {
		request.ACRValues = c.DefaultACRValues
	}
	if hint := form.Get("id_token_hint"); hint != "" {
		h, ok := p.idTokenHint(hint)
		if ok && h.Audience != c.ID {
			return flow.Request{}, fault.New(fault.InvalidRequest, "The id_token_hint was issued to another client.")
		}
		if expected := request.HintSubject; expected != "" && ok && expected != h.Subject {
			return flow.Request{}, fault.New(fault.InvalidRequest, "The id_token_hint and the sub that is asked for name two people.")
		}
		if ok {
			request.HintSubject = h.Subject
		}
		request.HintUnusable = !ok
	}
	return request, nil
}

// resources returns whom the tokens are for (RFC 8707 section 2): those that are
// asked for, of those that the client is registered to call.
func resources(c storage.Client, asked []string) ([]string, error) {
	var wanted []string
	for _, a := range asked {
		switch {
		case a == "":
		case !slices.Contains(c.Audiences, a):
			return nil, fault.New(fault.InvalidTarget, "The client is not registered to call one of the resources.")
		case !slices.Contains(wanted, a):
			wanted = append(wanted, a)
		}
	}
	if len(wanted) == 0 {
		return []string{client.Audience(c)}, nil
	}
	return wanted, nil
}

// scopes returns what is asked for, each once. A scope that nobody here knows
// is ignored (OpenID Connect Core section 3.1.2.1); one that is known but not
// the client's is refused.
func scopes(c storage.Client, asked string) ([]string, error) {
	var granted []string
	for _, s := range strings.Fields(asked) {
		switch {
		case slices.Contains(granted, s):
		case s == client.ScopeOffline && !client.MayOffline(c):
			// OpenID Connect Core section 11: ignored where it may not be had.
		case slices.Contains(c.Scopes, s):
			granted = append(granted, s)
		case slices.Contains(claims.Scopes(), s):
			return nil, fault.New(fault.InvalidScope, "The client is not registered for the scope "+s+".")
		}
	}
	// RFC 6749 section 3.3: there is no default scope.
	if len(granted) == 0 {
		return nil, fault.New(fault.InvalidScope, "The request asks for no scope that there is.")
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
		return nil, fault.New(fault.InvalidRequest, "The max_age parameter is not a number of seconds.")
	}
	return &seconds, nil
}
