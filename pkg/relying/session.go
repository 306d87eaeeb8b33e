package relying

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Limits are how long an application's session lasts. Both are required.
type Limits struct {
	Idle     time.Duration // since the person last did something
	Absolute time.Duration // since the sign-in
}

// Session is a person who is signed in at the application. It is a copy;
// changing it changes nothing.
type Session struct {
	IDToken  IDToken
	UserInfo Claims
	Tokens   Tokens

	Begun time.Time // when the session began here
	Seen  time.Time // when the person last did something here
	Ends  time.Time // when it ends unless the person does something

	asked int64 // how many ends had been told when its code was redeemed
	// refreshing is until when somebody replaces its tokens, and nobody else may.
	refreshing time.Time
	// sent is when somebody began to use its refresh token who never told what came of it.
	sent time.Time
}

// Left is the time until the session ends by itself, for a countdown.
func (s Session) Left(now time.Time) time.Duration { return max(0, s.Ends.Sub(now)) }

// Sessions are the sessions of one application.
type Sessions struct {
	Limits Limits           // required
	Now    func() time.Time // required
	// Store keeps them. Nil keeps them in memory, for an application of one replica.
	Store SessionStore

	once   sync.Once
	memory *MemoryStore // where there is no Store
}

func (s *Sessions) store() SessionStore {
	if s.Store != nil {
		return s.Store
	}
	s.once.Do(func() { s.memory = &MemoryStore{Now: s.Now} })
	return s.memory
}

// Begin keeps a session and returns the value of its cookie. Only a hash of
// that value is kept.
func (s *Sessions) Begin(ctx context.Context, session Session) (cookie string, err error) {
	cookie = randomText()
	now := s.Now()
	session.Begun, session.Seen = now, now
	session.Ends = s.ends(session)
	record, err := closed(cookie, session, 1)
	if err != nil {
		return "", err
	}
	if err := s.store().Create(ctx, record); err != nil {
		return "", fmt.Errorf("keeping a session: %w", err)
	}
	if session.IDToken.SessionID == "" {
		return cookie, nil
	}
	// It may have ended while it was being completed. The provider may have ended our part
	// in a sign-in alone: who comes back is let in, with a code that was redeemed after we
	// were told, or with a newer token.
	end, _, err := s.store().Ends(ctx, session.IDToken.SessionID)
	if err == nil && (end.Number == 0 || session.asked >= end.Number || session.IDToken.IssuedAt.After(end.Issued)) {
		return cookie, nil
	}
	if err := errors.Join(err, s.store().Delete(ctx, record.Key)); err != nil {
		return "", fmt.Errorf("keeping a session: %w", err)
	}
	return cookie, nil
}

func (s *Sessions) ends(session Session) time.Time {
	idle, absolute := session.Seen.Add(s.Limits.Idle), session.Begun.Add(s.Limits.Absolute)
	if idle.Before(absolute) {
		return idle
	}
	return absolute
}

// read returns the session of a cookie that has not ended, and its version.
func (s *Sessions) read(ctx context.Context, cookie string) (Session, int64, error) {
	key := keyOf(cookie)
	record, err := s.store().Get(ctx, key)
	if err != nil {
		return Session{}, 0, err
	}
	session, err := opened(cookie, record)
	if err != nil {
		return Session{}, 0, err
	}
	if !s.Now().Before(session.Ends) {
		return Session{}, 0, errors.Join(ErrNoSession, s.store().Delete(ctx, key))
	}
	return session, record.Version, nil
}

// maxChanges is how often a change is tried that others come before, and maxPause how long
// is waited at most between two tries.
const (
	maxChanges = 100
	maxPause   = 20 * time.Millisecond
)

// change replaces what a session holds, unless change says that it leaves it as it is;
// change may be called more than once.
func (s *Sessions) change(ctx context.Context, cookie string, change func(*Session) bool) (Session, error) {
	for tried := range maxChanges {
		if err := pause(ctx, min(time.Duration(tried)*time.Millisecond, maxPause)); err != nil {
			return Session{}, err
		}
		session, version, err := s.read(ctx, cookie)
		if err != nil || !change(&session) {
			return session, err
		}
		record, err := closed(cookie, session, version+1)
		if err != nil {
			return Session{}, err
		}
		if err := s.store().Replace(ctx, record); !errors.Is(err, ErrChanged) {
			return session, err
		}
	}
	return Session{}, ErrChanged
}

// pause waits, unless ctx ends before.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// Find returns the session of a cookie, or ErrNoSession. Looking is not activity.
func (s *Sessions) Find(ctx context.Context, cookie string) (Session, error) {
	session, _, err := s.read(ctx, cookie)
	return session, err
}

// Touch notes that the person did something and returns the session, or ErrNoSession.
func (s *Sessions) Touch(ctx context.Context, cookie string) (Session, error) {
	return s.change(ctx, cookie, func(session *Session) bool {
		session.Seen = s.Now()
		session.Ends = s.ends(*session)
		return true
	})
}

// End forgets a session.
func (s *Sessions) End(ctx context.Context, cookie string) error {
	return s.store().Delete(ctx, keyOf(cookie))
}

// Session returns who is signed in, without counting the request as activity:
// for countdowns and other things that happen by themselves. A store that does not answer
// knows nobody; [Sessions.Find] tells the two apart.
func (a *Application) Session(r *http.Request) (Session, bool) {
	cookie, err := r.Cookie(a.cookieName(""))
	if err != nil {
		return Session{}, false
	}
	session, err := a.Sessions.Find(r.Context(), cookie.Value)
	return session, err == nil
}

type sessionKey struct{}

// SessionFrom returns the session that [Application.Require] found.
func SessionFrom(ctx context.Context) (Session, bool) {
	s, ok := ctx.Value(sessionKey{}).(Session)
	return s, ok
}

// Require lets people through who are signed in and sends others to sign in, to
// come back to the same page. A request that passes counts as activity, so it
// belongs before pages that people open and not before what scripts poll.
func (a *Application) Require(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		cookie, err := r.Cookie(a.cookieName(""))
		if err == nil {
			session, err := a.Sessions.Touch(r.Context(), cookie.Value)
			if err == nil {
				next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), sessionKey{}, session)))
				return
			}
			if !errors.Is(err, ErrNoSession) {
				a.fault(w, r, err)
				return
			}
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.Error(w, "Please sign in first.", http.StatusUnauthorized)
			return
		}
		a.Login(w, requestTo(r))
	})
}

// requestTo is a request to Login that comes back to the page of r.
func requestTo(r *http.Request) *http.Request {
	login := r.Clone(r.Context())
	login.Form = map[string][]string{"return_to": {r.URL.RequestURI()}}
	return login
}
