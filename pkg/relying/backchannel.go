package relying

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// maxLogout is the most bytes that a logout request may have.
const maxLogout = 16 << 10

// logoutEvent is the one member of the claim events (OpenID Connect
// Back-Channel Logout 1.0 section 2.4).
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// LogoutToken says that a sign-in ended at the provider.
type LogoutToken struct {
	Issuer    string                     `json:"iss"`
	Subject   string                     `json:"sub"`
	Audience  Audience                   `json:"aud"`
	IssuedAt  Time                       `json:"iat"`
	Expiry    Time                       `json:"exp"`
	ID        string                     `json:"jti"`
	SessionID string                     `json:"sid"`
	Events    map[string]json.RawMessage `json:"events"`
}

// BackchannelLogout ends the sessions whose sign-in ended at the provider
// (OpenID Connect Back-Channel Logout 1.0 section 2.5). Serve it, for POST, at
// the address that is registered as backchannel_logout_uri. A token that is not
// one for this application gets status 400, and the provider does not send it
// again; when its keys cannot be read, or something failed here, the provider gets 503,
// and sends it later. What failed here is in the Log, and so are keys that cannot be read;
// a token that was refused is there at level Debug alone, for anybody can send one.
func (a *Application) BackchannelLogout(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store") // section 2.8
	err := a.told(w, r)
	if err == nil {
		w.WriteHeader(http.StatusOK)
		return
	}
	// What was wrong is for our own log, not for whoever sends tokens here; and anybody can
	// send some, so that only what is wrong on this side fills it.
	status, log := http.StatusServiceUnavailable, a.log()
	switch {
	case errors.Is(err, errNotDone):
		log.ErrorContext(r.Context(), "The provider told of the end of a sign-in, which could not be ended here; it tells again.", "error", err)
	case errors.Is(err, errUnread):
		log.ErrorContext(r.Context(), "A logout token could not be judged; the provider sends it again.", "error", err)
	case errors.Is(err, errNoKeys):
		log.DebugContext(r.Context(), "A logout token could not be judged; the provider sends it again.", "error", err)
	default:
		status = http.StatusBadRequest
		log.DebugContext(r.Context(), "A logout token was refused.", "error", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `{"error":"invalid_request"}`)
}

// told does what a logout request says.
func (a *Application) told(w http.ResponseWriter, r *http.Request) error {
	raw, err := logoutTokenOf(w, r)
	if err != nil {
		return err
	}
	token, err := a.verifyLogoutToken(r.Context(), raw)
	if err != nil {
		return err
	}
	if err := a.signInEnded(r.Context(), token); err != nil {
		return fmt.Errorf("%w: %w", errNotDone, err)
	}
	return nil
}

// errNotDone says that a good token has not done what it should.
var errNotDone = errors.New("the sign-in has not been ended here")

// signInEnded ends what a token that was verified says has ended.
func (a *Application) signInEnded(ctx context.Context, token LogoutToken) error {
	// Who asks hangs up after seconds; what has begun is brought to its end.
	ctx = context.WithoutCancel(ctx)
	if err := a.Sessions.endedElsewhere(ctx, token); err != nil {
		return err
	}
	if a.Ended == nil {
		return nil
	}
	return a.Ended(ctx, token)
}

// logoutTokenOf reads the one parameter of the request.
func logoutTokenOf(w http.ResponseWriter, r *http.Request) (string, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return "", errors.New("logout: not a form")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxLogout))
	if err != nil {
		return "", fmt.Errorf("logout: %w", err)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || len(form["logout_token"]) != 1 {
		return "", errors.New("logout: not exactly one logout_token")
	}
	return form.Get("logout_token"), nil
}

// verifyLogoutToken checks a token as OpenID Connect Back-Channel Logout 1.0
// section 2.6 lays down. A token that comes again ends nothing more, so that
// none is remembered.
func (a *Application) verifyLogoutToken(ctx context.Context, raw string) (LogoutToken, error) {
	payload, typ, err := a.Provider.keys.verify(ctx, raw, a.Provider.IDTokenAlgorithms)
	if err != nil {
		return LogoutToken{}, fmt.Errorf("logout token: %w", err)
	}
	if t := strings.ToLower(typ); t != "logout+jwt" && t != "application/logout+jwt" {
		return LogoutToken{}, fmt.Errorf("logout token: this is a token of type %q", typ)
	}
	var token LogoutToken
	var all map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(payload, &token), json.Unmarshal(payload, &all)); err != nil {
		return LogoutToken{}, fmt.Errorf("logout token: %w", err)
	}
	now := a.Provider.env.Now()
	_, says := token.Events[logoutEvent]
	_, nonce := all["nonce"]
	switch {
	case token.Issuer != a.Provider.Issuer:
		return LogoutToken{}, fmt.Errorf("logout token: issued by %q", token.Issuer)
	case !slices.Contains(token.Audience, a.ID):
		return LogoutToken{}, fmt.Errorf("logout token: meant for %q", token.Audience)
	case !now.Before(token.Expiry.Add(clockSkew)):
		return LogoutToken{}, errors.New("logout token: expired")
	case token.IssuedAt.IsZero() || token.IssuedAt.After(now.Add(clockSkew)):
		return LogoutToken{}, errors.New("logout token: not issued yet")
	case token.SessionID == "" && token.Subject == "": // rule 4
		return LogoutToken{}, errors.New("logout token: names nobody")
	case !says: // rule 5
		return LogoutToken{}, errors.New("logout token: says nothing of a logout")
	case nonce: // rule 6
		return LogoutToken{}, errors.New("logout token: holds a nonce, as an ID token does")
	}
	return token, nil
}

// endedElsewhere ends the sessions that a logout token names: that of its sid,
// or, where it has none, all of its subject. A sign-in that is being completed at this
// moment begins no session.
func (s *Sessions) endedElsewhere(ctx context.Context, token LogoutToken) error {
	return s.store().EndSignIn(ctx, SignInEnd{
		SignIn: token.SessionID, Subject: token.Subject, Issued: token.IssuedAt.Time, Until: s.Now().Add(goneFor),
	})
}

// goneFor is how long the end of a sign-in is remembered: longer than a code
// lives.
const goneFor = 5 * time.Minute
