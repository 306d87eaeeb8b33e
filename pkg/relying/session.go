package relying

import (
	"context"
	"crypto/sha256"
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

	asked int // how many ends had been told when its code was redeemed
}

// Left is the time until the session ends by itself, for a countdown.
func (s Session) Left(now time.Time) time.Duration { return max(0, s.Ends.Sub(now)) }

// Sessions keeps the sessions of one application in memory: a restart signs
// everybody out here, and the provider signs them in again without a question
// while it still knows them. All its fields are required.
type Sessions struct {
	Limits Limits
	Now    func() time.Time

	mu    sync.Mutex // guards the fields below
	all   map[[sha256.Size]byte]*entry
	told  int            // how many ends of sign-ins
	gone  map[string]end // by sid
	swept time.Time
}

// end is what a logout token told.
type end struct {
	number int       // the first is 1
	issued time.Time // in whole seconds of the provider's clock
	heard  time.Time // by ours
}

type entry struct {
	session Session
	refresh sync.Mutex // held while the tokens are being replaced
}

// sweepPause is how often sessions that ended unnoticed are removed.
const sweepPause = time.Minute

// Begin keeps a session and returns the value of its cookie. Only a hash of
// that value is kept.
func (s *Sessions) Begin(session Session) (cookie string) {
	cookie = randomText()
	now := s.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[[sha256.Size]byte]*entry{}
	}
	if now.Sub(s.swept) >= sweepPause {
		s.swept = now
		for key, e := range s.all {
			if !now.Before(e.session.Ends) {
				delete(s.all, key)
			}
		}
	}
	// It ended while it was being completed. The provider may have ended our part in a
	// sign-in alone: who comes back is let in, with a code that was redeemed after we were
	// told, or with a newer token.
	if e, ended := s.gone[session.IDToken.SessionID]; ended && session.IDToken.SessionID != "" && session.asked < e.number && !session.IDToken.IssuedAt.After(e.issued) {
		return cookie
	}
	session.Begun, session.Seen = now, now
	session.Ends = s.ends(session)
	s.all[sha256.Sum256([]byte(cookie))] = &entry{session: session}
	return cookie
}

// ended is how many ends have been told.
func (s *Sessions) ended() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.told
}

func (s *Sessions) ends(session Session) time.Time {
	idle, absolute := session.Seen.Add(s.Limits.Idle), session.Begun.Add(s.Limits.Absolute)
	if idle.Before(absolute) {
		return idle
	}
	return absolute
}

// lookup returns the entry of a cookie that has not ended. s.mu is held.
func (s *Sessions) lookup(cookie string) *entry {
	key := sha256.Sum256([]byte(cookie))
	e := s.all[key]
	if e != nil && !s.Now().Before(e.session.Ends) {
		delete(s.all, key)
		return nil
	}
	return e
}

// Find returns the session of a cookie. Looking is not activity.
func (s *Sessions) Find(cookie string) (Session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.lookup(cookie)
	if e == nil {
		return Session{}, false
	}
	return e.session, true
}

// Touch notes that the person did something and returns the session.
func (s *Sessions) Touch(cookie string) (Session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.lookup(cookie)
	if e == nil {
		return Session{}, false
	}
	e.session.Seen = s.Now()
	e.session.Ends = s.ends(e.session)
	return e.session, true
}

// End forgets a session.
func (s *Sessions) End(cookie string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, sha256.Sum256([]byte(cookie)))
}

// replace keeps new tokens; what the person did meanwhile stays.
func (s *Sessions) replace(cookie string, session Session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.lookup(cookie)
	if e == nil {
		return false
	}
	e.session.IDToken, e.session.UserInfo, e.session.Tokens = session.IDToken, session.UserInfo, session.Tokens
	return true
}

// exclusive waits until nobody else refreshes this session. Two uses of one
// refresh token look to a provider like a theft.
func (s *Sessions) exclusive(cookie string) (unlock func()) {
	s.mu.Lock()
	e := s.lookup(cookie)
	s.mu.Unlock()
	if e == nil {
		return func() {}
	}
	e.refresh.Lock()
	return e.refresh.Unlock
}

// Session returns who is signed in, without counting the request as activity:
// for countdowns and other things that happen by themselves.
func (a *Application) Session(r *http.Request) (Session, bool) {
	cookie, err := r.Cookie(a.cookieName(""))
	if err != nil {
		return Session{}, false
	}
	return a.Sessions.Find(cookie.Value)
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
			if session, ok := a.Sessions.Touch(cookie.Value); ok {
				next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), sessionKey{}, session)))
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
