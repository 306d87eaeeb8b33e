package relying

import (
	"context"
	"encoding/json"
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
	// Limit is what an activity brings, at most: the idle limit of this sign-in.
	Limit time.Duration
}

// remaining is the answer of the provider, in seconds.
type remaining struct {
	ExpiresIn         int64 `json:"expires_in"`
	AbsoluteExpiresIn int64 `json:"absolute_expires_in"`
	IdleTimeout       int64 `json:"idle_timeout"`
}

// MarshalJSON writes the answer of the provider, which is also what its script wants to
// hear from a page of the application: expires_in, absolute_expires_in and idle_timeout,
// in whole seconds.
func (r Remaining) MarshalJSON() ([]byte, error) {
	return json.Marshal(remaining{
		ExpiresIn: int64(r.Idle / time.Second), AbsoluteExpiresIn: int64(r.Absolute / time.Second), IdleTimeout: int64(r.Limit / time.Second),
	})
}

// ErrUnsupported says that the provider has no such thing: it is no Claviger.
var ErrUnsupported = errors.New("the provider does not publish an address for this")

// Left asks the provider how long the sign-in of a request still lives. Asking
// is not activity: a page may poll it. When the sign-in is over, the session
// here ends as well and the error is ErrEnded; any other error leaves the
// session as it was, ErrUnsupported among them: other providers have no such question.
func (a *Application) Left(r *http.Request) (Remaining, error) {
	return a.activity(r, http.MethodGet, a.Provider.SessionEndpoint)
}

// Report tells the provider that the person did something here, which keeps the
// sign-in alive, in this and in every other application. Call it for what a
// person did, once a minute at most, and never for what a timer did. Its errors
// are those of Left.
func (a *Application) Report(r *http.Request) (Remaining, error) {
	return a.activity(r, http.MethodPost, a.Provider.SessionActivityEndpoint)
}

func (a *Application) activity(r *http.Request, method, address string) (Remaining, error) {
	if address == "" {
		return Remaining{}, ErrUnsupported
	}
	session, err := a.Fresh(r)
	if err != nil {
		return Remaining{}, err
	}
	left, err := a.askSession(r.Context(), method, address, session.Tokens.Access)
	var refusal *OAuthError
	if errors.As(err, &refusal) && refusal.Code == "invalid_token" {
		// The token is refused: because the sign-in is over, which the refresh
		// says for certain, or because our clock is wrong.
		if session, err = a.Refresh(r); err != nil {
			return Remaining{}, err
		}
		left, err = a.askSession(r.Context(), method, address, session.Tokens.Access)
	}
	if err != nil {
		return Remaining{}, err
	}
	cookie, err := r.Cookie(a.cookieName(""))
	if err != nil {
		return Remaining{}, ErrEnded
	}
	if err := a.Sessions.follow(r.Context(), cookie.Value, left); err != nil {
		return Remaining{}, err
	}
	return left, nil
}

func (a *Application) askSession(ctx context.Context, method, address, token string) (Remaining, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return Remaining{}, fmt.Errorf("session request: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	var answer remaining
	if err := a.Provider.env.do(ctx, req, &answer); err != nil {
		return Remaining{}, fmt.Errorf("session request: %w", err)
	}
	return Remaining{
		Idle:     time.Duration(answer.ExpiresIn) * time.Second,
		Absolute: time.Duration(answer.AbsoluteExpiresIn) * time.Second,
		Limit:    time.Duration(answer.IdleTimeout) * time.Second,
	}, nil
}

// follow lets a session end here when it ends at the provider, where it may
// have been kept alive by another application.
func (s *Sessions) follow(ctx context.Context, cookie string, left Remaining) error {
	_, err := s.change(ctx, cookie, func(session *Session) bool {
		session.Ends = s.Now().Add(left.Idle)
		if absolute := session.Begun.Add(s.Limits.Absolute); session.Ends.After(absolute) {
			session.Ends = absolute
		}
		return true
	})
	if errors.Is(err, ErrNoSession) {
		return ErrEnded
	}
	return err
}
