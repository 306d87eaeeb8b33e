package relying

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Remaining is how long a sign-in still lives at the provider.
type Remaining struct {
	// Idle is the time until it ends unless the person does something.
	Idle time.Duration
	// Absolute is the time until it ends whatever they do.
	Absolute time.Duration
}

// Left asks the provider how long the sign-in of a request still lives. Asking
// is not activity: a page may poll it. When the sign-in is over, the session
// here ends as well and the error is ErrEnded; any other error leaves the
// session as it was. The provider is a Claviger; others have no such question.
func (a *Application) Left(r *http.Request) (Remaining, error) {
	return a.activity(r, http.MethodGet, "/session")
}

// Report tells the provider that the person did something here, which keeps the
// sign-in alive, in this and in every other application. Call it for what a
// person did, once a minute at most, and never for what a timer did. Its errors
// are those of Left.
func (a *Application) Report(r *http.Request) (Remaining, error) {
	return a.activity(r, http.MethodPost, "/session/activity")
}

func (a *Application) activity(r *http.Request, method, path string) (Remaining, error) {
	session, err := a.Fresh(r)
	if err != nil {
		return Remaining{}, err
	}
	left, err := a.askSession(r.Context(), method, path, session.Tokens.Access)
	var refusal *OAuthError
	if errors.As(err, &refusal) && refusal.Code == "invalid_token" {
		// The token is refused: because the sign-in is over, which the refresh
		// says for certain, or because our clock is wrong.
		if session, err = a.Refresh(r); err != nil {
			return Remaining{}, err
		}
		left, err = a.askSession(r.Context(), method, path, session.Tokens.Access)
	}
	if err != nil {
		return Remaining{}, err
	}
	if cookie, err := r.Cookie(a.cookieName("")); err == nil {
		a.Sessions.follow(cookie.Value, left)
	}
	return left, nil
}

func (a *Application) askSession(ctx context.Context, method, path, token string) (Remaining, error) {
	req, err := http.NewRequestWithContext(ctx, method, a.Provider.Issuer+path, nil)
	if err != nil {
		return Remaining{}, fmt.Errorf("session request: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	var answer struct {
		ExpiresIn         int64 `json:"expires_in"`
		AbsoluteExpiresIn int64 `json:"absolute_expires_in"`
	}
	if err := a.Provider.env.do(ctx, req, &answer); err != nil {
		return Remaining{}, fmt.Errorf("session request: %w", err)
	}
	return Remaining{
		Idle:     time.Duration(answer.ExpiresIn) * time.Second,
		Absolute: time.Duration(answer.AbsoluteExpiresIn) * time.Second,
	}, nil
}

// follow lets a session end here when it ends at the provider, where it may
// have been kept alive by another application.
func (s *Sessions) follow(cookie string, left Remaining) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.lookup(cookie)
	if e == nil {
		return
	}
	e.session.Ends = s.Now().Add(left.Idle)
	if absolute := e.session.Begun.Add(s.Limits.Absolute); e.session.Ends.After(absolute) {
		e.session.Ends = absolute
	}
}
