package relying

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// Tokens are what the provider issued to the application.
type Tokens struct {
	Access  string
	Expiry  time.Time // of the access token; zero where the provider said nothing
	Refresh string    // empty where none was issued
	Scope   string    // what was granted
}

type tokenAnswer struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int64  `json:"expires_in"`
	RefreshToken string `json:"refresh_token"`
	IDToken      string `json:"id_token"`
	Scope        string `json:"scope"`
}

// askToken sends a request to the token endpoint (RFC 6749 section 3.2).
func (a *Application) askToken(ctx context.Context, form url.Values) (tokenAnswer, error) {
	if a.Secret == "" {
		form.Set("client_id", a.ID)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.Provider.TokenEndpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return tokenAnswer{}, fmt.Errorf("token request: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if a.Secret != "" {
		// RFC 6749 section 2.3.1: both are form-encoded first.
		req.SetBasicAuth(url.QueryEscape(a.ID), url.QueryEscape(a.Secret))
	}
	var answer tokenAnswer
	if err := a.Provider.env.do(ctx, req, &answer); err != nil {
		return tokenAnswer{}, fmt.Errorf("token request: %w", err)
	}
	if answer.AccessToken == "" || !strings.EqualFold(answer.TokenType, "Bearer") {
		return tokenAnswer{}, errors.New("token request: the answer holds no bearer token")
	}
	return answer, nil
}

// tokens takes over an answer. A provider that does not replace the refresh
// token leaves the earlier one in force (RFC 6749 section 6).
func (a *Application) tokens(answer tokenAnswer, earlier string) Tokens {
	t := Tokens{Access: answer.AccessToken, Refresh: answer.RefreshToken, Scope: answer.Scope}
	if t.Refresh == "" {
		t.Refresh = earlier
	}
	if t.Scope == "" { // RFC 6749 section 5.1: then it is what was asked for
		t.Scope = a.scope()
	}
	if answer.ExpiresIn > 0 {
		t.Expiry = a.Provider.env.Now().Add(time.Duration(answer.ExpiresIn) * time.Second)
	}
	return t
}

// ErrEnded says that the provider has ended the sign-in: the application's
// session is over too, and the person must sign in again.
var ErrEnded = errors.New("the provider has ended this sign-in")

// EndedError is an ErrEnded with what the provider said. Where nothing was asked, because
// the session here was over already, there is ErrEnded alone.
type EndedError struct {
	// Reason is the provider's word for why, such as "idle" or "password_changed"
	// (docs/sessions.md has them all); empty where it gave none. Words may be added:
	// whatever it is, the person signs in again.
	Reason string
	cause  error
}

// Error implements error.
func (e *EndedError) Error() string { return ErrEnded.Error() + " (" + e.cause.Error() + ")" }

// Unwrap returns ErrEnded and the refusal.
func (e *EndedError) Unwrap() []error { return []error{ErrEnded, e.cause} }

// reasonOf is the word in parentheses at the end of a description.
var reasonOf = regexp.MustCompile(`\(([a-z][a-z_]{0,63})\)\.?$`)

// ended is the error for a refusal.
func ended(refusal *OAuthError, cause error) error {
	e := &EndedError{cause: cause}
	if found := reasonOf.FindStringSubmatch(refusal.Description); found != nil {
		e.Reason = found[1]
	}
	return e
}

// Refresh gets new tokens for the session of a request and keeps them. When the
// provider refuses because the sign-in is over, the session here ends as well
// and the error is ErrEnded; any other error leaves the session as it was.
// Requests of one session that refresh at the same time do so one after the
// other, at whatever replica. Where one dies before it could keep what it got, another
// asks again while the provider still brings the same; where none does so in time, the
// session here ends, rather than the sign-in everywhere.
func (a *Application) Refresh(r *http.Request) (Session, error) {
	return a.refresh(r, func(Tokens) bool { return true })
}

// staleTime is how long before its end an access token is replaced, so that it
// lasts for the request that it is wanted for.
const staleTime = 10 * time.Second

// Fresh returns the session of a request with an access token that can be used
// now; it refreshes only when it must. Its errors are those of Refresh. An
// application that calls it on every page learns within the life of an access
// token that the sign-in was ended elsewhere.
func (a *Application) Fresh(r *http.Request) (Session, error) {
	return a.refresh(r, func(t Tokens) bool {
		return !t.Expiry.IsZero() && !a.Provider.env.Now().Before(t.Expiry.Add(-staleTime))
	})
}

func (a *Application) refresh(r *http.Request, due func(Tokens) bool) (Session, error) {
	cookie, err := r.Cookie(a.cookieName(""))
	if err != nil {
		return Session{}, ErrEnded
	}
	session, err := a.Sessions.Find(r.Context(), cookie.Value)
	if err == nil && due(session.Tokens) {
		if session.Tokens.Refresh == "" {
			return Session{}, errors.New("the provider issued no refresh token")
		}
		session, err = a.Sessions.reserve(r.Context(), cookie.Value)
	} else if err == nil {
		return session, nil
	}
	switch {
	case errors.Is(err, ErrNoSession):
		return Session{}, ErrEnded
	case errors.Is(err, errTooLate):
		a.log().WarnContext(r.Context(), "A session has ended here alone, and its person signs in again.", "error", err)
		return Session{}, errors.Join(ErrEnded, a.Sessions.End(r.Context(), cookie.Value))
	case err != nil:
		return Session{}, err
	}
	// A refresh that was begun is finished: the provider has counted it, whether
	// or not the browser still waits.
	ctx := context.WithoutCancel(r.Context())
	fresh := session
	if due(session.Tokens) { // nobody has done it meanwhile
		fresh, err = a.renewed(ctx, session)
	}
	var refusal *OAuthError
	if errors.As(err, &refusal) && refusal.Code == "invalid_grant" {
		return Session{}, errors.Join(ended(refusal, err), a.Sessions.End(ctx, cookie.Value))
	}
	now, kept := a.Sessions.finish(ctx, cookie.Value, session, fresh)
	if err != nil {
		return Session{}, err
	}
	if errors.Is(kept, ErrNoSession) {
		return Session{}, ErrEnded
	}
	return now, kept
}

// renewed asks for new tokens. With an error it returns the session as it was, but for a
// refresh token that took the place of the one that was sent.
func (a *Application) renewed(ctx context.Context, session Session) (Session, error) {
	ctx, cancel := context.WithTimeout(ctx, askUntil(session).Sub(a.Sessions.Now()))
	defer cancel()
	form := url.Values{
		"grant_type":    {"refresh_token"},
		"refresh_token": {session.Tokens.Refresh},
	}
	answer, err := a.askToken(ctx, form)
	if errors.Is(err, errNoAnswer) && pause(ctx, refreshAgain) == nil {
		// The token may have been replaced, and brings the same only now.
		answer, err = a.askToken(ctx, form)
	}
	if err != nil {
		return session, err
	}
	fresh := session
	fresh.Tokens = a.tokens(answer, session.Tokens.Refresh)
	if answer.IDToken == "" {
		return fresh, nil
	}
	fresh.IDToken, err = a.refreshedIDToken(ctx, answer.IDToken, session.IDToken)
	if errors.Is(err, errNoKeys) {
		// Nothing of the answer is believed; but the token that was sent is used up.
		session.Tokens.Refresh = fresh.Tokens.Refresh
	}
	if err != nil {
		return session, err
	}
	return fresh, nil
}

// refreshedIDToken checks the ID token of a refresh against the first one
// (OpenID Connect Core 1.0 section 12.2).
func (a *Application) refreshedIDToken(ctx context.Context, raw string, first IDToken) (IDToken, error) {
	token, err := a.verifyIDToken(ctx, raw, "")
	if err != nil {
		return IDToken{}, err
	}
	if token.Subject != first.Subject || !token.AuthTime.IsZero() && !token.AuthTime.Equal(first.AuthTime.Time) {
		return IDToken{}, errors.New("ID token: a refresh brought another sign-in")
	}
	return token, nil
}
