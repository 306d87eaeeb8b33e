package relying

import (
	"context"
	"errors"
	"time"
)

// To a provider, two uses of one refresh token look like a theft, unless the second comes
// soon after the first, when it brings the same again: for 30 seconds at Claviger. So who
// replaces the tokens of a session reserves that first, and where they die then, or the
// store does not take what they got, another replica asks in their place before these 30
// seconds are over. Counted from the reservation, before which nothing is sent:
//
//	10 s    who reserved has the answer or has given up (refreshAsk)
//	15 s    and has kept it, tried again while the store fails (keepTime); the reservation
//	        is over (refreshLease)
//	18 s    so it is for another replica whose clock is 3 s behind; by one that is 3 s
//	        ahead it was at 12 s, when nobody asked any more
//	18.3 s  who was waiting has looked again (refreshLooks)
//	28.3 s  and has the answer or has given up; the rest is for reading from the store
//
// Who keeps an answer later than that, because the machine stood still, does no harm:
// it is kept only where the session still has the tokens of before.
const (
	refreshAsk   = answerTime
	refreshLease = refreshAsk + keepTime
	keepTime     = 5 * time.Second
	keepTry      = time.Second // for one try of these

	refreshLook  = 20 * time.Millisecond  // until who waits looks for the first time
	refreshLooks = 320 * time.Millisecond // and between two looks, at most
)

// keepPauses are how long is waited before it is tried again to keep what a refresh brought.
var keepPauses = [...]time.Duration{50 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second}

// reserve waits until nobody else refreshes this session, at any replica, and keeps others
// from it. Who waits looks and changes nothing, so that who refreshes can keep what the
// provider issued.
func (s *Sessions) reserve(ctx context.Context, cookie string) (Session, error) {
	for wait := refreshLook; ; wait = min(2*wait, refreshLooks) {
		free := false
		session, err := s.change(ctx, cookie, func(session *Session) bool {
			now := s.Now()
			if free = !now.Before(session.refreshing); free {
				session.refreshing = now.Add(refreshLease)
			}
			return free
		})
		if err != nil || free {
			return session, err
		}
		if err := pause(ctx, wait); err != nil {
			return Session{}, err
		}
	}
}

// finish ends the reservation that begun holds and keeps what came of it, and returns the
// session as it is then. What the person did meanwhile stays, and so do tokens that
// another replica has kept in the place of those of begun.
func (s *Sessions) finish(ctx context.Context, cookie string, begun, fresh Session) (Session, error) {
	return s.keep(ctx, cookie, func(session *Session) bool {
		ours := session.refreshing.Equal(begun.refreshing)
		if ours {
			session.refreshing = time.Time{}
		}
		same := session.Tokens.Refresh == begun.Tokens.Refresh && session.Tokens.Access == begun.Tokens.Access
		if same {
			session.IDToken, session.UserInfo, session.Tokens = fresh.IDToken, fresh.UserInfo, fresh.Tokens
		}
		return ours || same
	})
}

// keep is change, tried again while the store fails.
func (s *Sessions) keep(ctx context.Context, cookie string, change func(*Session) bool) (Session, error) {
	ctx, cancel := context.WithTimeout(ctx, keepTime)
	defer cancel()
	try := func() (Session, error) {
		ctx, cancel := context.WithTimeout(ctx, keepTry)
		defer cancel()
		return s.change(ctx, cookie, change)
	}
	session, err := try()
	for _, wait := range keepPauses {
		if err == nil || errors.Is(err, ErrNoSession) || pause(ctx, wait) != nil {
			break
		}
		session, err = try()
	}
	return session, err
}
