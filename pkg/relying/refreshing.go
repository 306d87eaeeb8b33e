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
// Where nobody comes so soon, the provider may have replaced the refresh token, and would
// end the sign-in everywhere if the old one came again. So nobody sends it, or waits for an
// answer to it, more than 27 s after the first (refreshSure), by a clock that may be 3 s
// behind; the session ends here alone.
//
// Who keeps an answer later than that, because the machine stood still, does no harm:
// it is kept only where the session still has the tokens of before.
const (
	refreshAsk   = answerTime
	refreshLease = refreshAsk + keepTime
	refreshSure  = 27 * time.Second
	refreshAgain = 200 * time.Millisecond // until it is asked again where there was no answer
	keepTime     = 5 * time.Second
	keepTry      = time.Second // for one try of these

	refreshLook  = 20 * time.Millisecond  // until who waits looks for the first time
	refreshLooks = 320 * time.Millisecond // and between two looks, at most
)

// keepPauses are how long is waited before it is tried again to keep what a refresh brought.
var keepPauses = [...]time.Duration{50 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second}

// errTooLate says that a refresh was begun and never finished, too long ago to ask again.
var errTooLate = errors.New("a refresh was begun and never finished: its refresh token may have been replaced")

// reserve waits until nobody else refreshes this session, at any replica, and keeps others
// from it. Who waits looks and changes nothing, so that who refreshes can keep what the
// provider issued.
func (s *Sessions) reserve(ctx context.Context, cookie string) (Session, error) {
	for wait := refreshLook; ; wait = min(2*wait, refreshLooks) {
		free, late := false, false
		var ours Session
		session, err := s.change(ctx, cookie, func(session *Session) bool {
			now := s.Now()
			free = !now.Before(session.refreshing)
			late = free && !session.sent.IsZero() && !now.Before(session.sent.Add(refreshSure))
			if !free || late {
				return false
			}
			session.refreshing = now.Add(refreshLease)
			if session.sent.IsZero() {
				session.sent = now
			}
			ours = *session
			return true
		})
		switch {
		case err == nil && late:
			return Session{}, errTooLate
		case err == nil && free, errors.Is(err, ErrNoSession):
			return session, err
		case err != nil && free && !late: // the store may have taken it all the same
			_, _ = s.finish(context.WithoutCancel(ctx), cookie, ours, ours)
			return Session{}, err
		case err != nil:
			return Session{}, err
		}
		if err := pause(ctx, wait); err != nil {
			return Session{}, err
		}
	}
}

// reserved is when a reservation was made.
func reserved(session Session) time.Time { return session.refreshing.Add(-refreshLease) }

// askUntil is until when who has reserved a session may wait for the provider.
func askUntil(session Session) time.Time {
	until := reserved(session).Add(refreshAsk)
	if sure := session.sent.Add(refreshSure); sure.Before(until) {
		return sure
	}
	return until
}

// finish ends the reservation that begun holds and keeps what came of it, and returns the
// session as it is then. What the person did meanwhile stays, and so do tokens that
// another replica has kept in the place of those of begun. What became of a token that
// somebody else had sent before is known when it was replaced, and not before.
func (s *Sessions) finish(ctx context.Context, cookie string, begun, fresh Session) (Session, error) {
	return s.keep(ctx, cookie, func(session *Session) bool {
		ours := session.refreshing.Equal(begun.refreshing)
		if ours {
			session.refreshing = time.Time{}
		}
		same := sameTokens(*session, begun)
		if same {
			session.IDToken, session.UserInfo, session.Tokens = fresh.IDToken, fresh.UserInfo, fresh.Tokens
		}
		if ours && session.sent.Equal(reserved(begun)) || same && !sameTokens(fresh, begun) {
			session.sent = time.Time{}
		}
		return ours || same
	})
}

func sameTokens(a, b Session) bool {
	return a.Tokens.Refresh == b.Tokens.Refresh && a.Tokens.Access == b.Tokens.Access
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
