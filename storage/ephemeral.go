package storage

import (
	"cmp"
	"context"
	"crypto/subtle"
	"slices"
	"time"
)

// Ephemeral is the store of what has a deadline. Deadlines are judged by the
// caller's clock (the `at` arguments), so that tests can move it and replicas
// with some skew agree; a backend's own eviction only tidies up later.
type Ephemeral interface {
	Sessions() Sessions
	Interactions() Interactions
	Codes() Codes
	Marks() Marks
	Attempts() Attempts
	// Ping reports whether the store answers, within ctx.
	Ping(ctx context.Context) error
	Close() error
}

// Session is one browser's stay. It dies at Deadline, which activity moves, or
// at AbsoluteDeadline, which nothing moves.
type Session struct {
	// ID is public: the sid claim, 128 bits.
	ID string `json:"id"`
	// SecretHash is the SHA-256 of the 256-bit secret in the cookie.
	SecretHash []byte `json:"secret_hash"`
	PersonID   string `json:"person_id"`
	Subject    string `json:"subject"`
	// AuthTime, ACR and AMR describe the authentication.
	AuthTime time.Time `json:"auth_time"`
	ACR      string    `json:"acr"`
	AMR      []string  `json:"amr"`
	// Shared says that the person called this a shared computer.
	Shared bool `json:"shared,omitempty"`
	// Address and UserAgent are where it began: the browser's address, and what it
	// called itself, at most 256 bytes. Either may be empty.
	Address   string `json:"address,omitempty"`
	UserAgent string `json:"user_agent,omitempty"`
	// IdleLimit is how long the session lives without activity.
	IdleLimit time.Duration `json:"idle_limit"`
	CreatedAt time.Time     `json:"created_at"`
	// LastActivity and Deadline move with activity.
	LastActivity     time.Time `json:"last_activity"`
	Deadline         time.Time `json:"deadline"`
	AbsoluteDeadline time.Time `json:"absolute_deadline"`
	// Clients are the applications that took part, in order of joining.
	Clients []string `json:"clients,omitempty"`
	// EndReason is why somebody ends the session, who may not have come to the end of
	// it; empty while it lives, and when its time was over.
	EndReason string `json:"end_reason,omitempty"`
	// EndBy is what Ending.By was.
	EndBy string `json:"end_by,omitempty"`
}

// Ending is why somebody ends a session.
type Ending struct {
	Reason string
	// By says who wants it, in a form of whoever ends sessions; it may be empty.
	By string
}

// Activity is something that happened in a session at a moment.
type Activity struct {
	SessionID string
	// ClientID, when not empty, is noted as having taken part.
	ClientID string
	At       time.Time
	// Counts says that a person did it: the deadline moves to At + IdleLimit,
	// never past AbsoluteDeadline, never backwards. What no person did (a
	// prompt=none request) is noted without moving it.
	Counts bool
	// IdleLimit and AbsoluteLimit, when they are not zero, are what the application
	// allows a session: from now on the session lives by them where they are
	// stricter than its own.
	IdleLimit, AbsoluteLimit time.Duration
	// Unless names marks: when one of them is set, nothing happens. Only Act
	// looks at it.
	Unless []string
}

// Looks says that an activity only looks: no person did it, and no application takes part
// by it.
func (a Activity) Looks() bool { return !a.Counts && a.ClientID == "" }

// Renewal is a person who authenticates anew in a session that goes on.
type Renewal struct {
	SessionID string
	At        time.Time
	// Was is the SecretHash that the session has, SecretHash the one that it gets:
	// the cookie changes with each authentication.
	Was, SecretHash []byte
	AuthTime        time.Time
	ACR             string
	AMR             []string
}

// Renew applies a renewal, and reports whether the session had the secret that the
// renewal knows of.
func (s *Session) Renew(r Renewal) bool {
	if subtle.ConstantTimeCompare(s.SecretHash, r.Was) != 1 {
		return false
	}
	s.SecretHash, s.AuthTime, s.ACR, s.AMR = r.SecretHash, r.AuthTime, r.ACR, r.AMR
	return true
}

// Suits says that a session is neither idle for longer nor older than the limits
// that an activity names. Whoever comes to an application that is stricter than
// the session was has to sign in again.
func (s *Session) Suits(a Activity) bool {
	return (a.IdleLimit <= 0 || s.LastActivity.Add(a.IdleLimit).After(a.At)) &&
		(a.AbsoluteLimit <= 0 || s.CreatedAt.Add(a.AbsoluteLimit).After(a.At))
}

// Alive says that a session is before its deadlines.
func (s *Session) Alive(at time.Time) bool {
	return s.Deadline.After(at) && s.AbsoluteDeadline.After(at)
}

// Stop kills a session that is alive, and notes why; one whose time is over it kills as
// Expire does. It is dead from then on by any clock, also one that is behind.
func (s *Session) Stop(e Ending, at time.Time) {
	if s.Alive(at) {
		s.Deadline, s.EndReason, s.EndBy = never, e.Reason, e.By
		return
	}
	s.Expire()
}

// Expire kills a session whose time is over, so that it is dead by a clock that is behind
// too. Which of the two limits it met can still be told: Deadline is before
// AbsoluteDeadline, or it is not.
func (s *Session) Expire() {
	if s.EndReason == "" && !s.Deadline.Before(s.AbsoluteDeadline) {
		s.AbsoluteDeadline = never
	}
	s.Deadline = never
}

// never is before every moment at which anybody looks.
var never = time.UnixMicro(0).UTC()

// Apply applies an activity to a session that is alive and suits it, and reports whether
// anything changed. It is the one place where that arithmetic stands; a
// backend calls it, or does the same where the record is kept.
func (s *Session) Apply(a Activity) bool {
	if a.Looks() {
		return false
	}
	changed := false
	if a.ClientID != "" && !slices.Contains(s.Clients, a.ClientID) {
		s.Clients = append(s.Clients, a.ClientID)
		changed = true
	}
	if a.IdleLimit > 0 && a.IdleLimit < s.IdleLimit {
		s.IdleLimit = a.IdleLimit
		s.Deadline = earlier(s.Deadline, s.LastActivity.Add(a.IdleLimit))
		changed = true
	}
	if end := s.CreatedAt.Add(a.AbsoluteLimit); a.AbsoluteLimit > 0 && end.Before(s.AbsoluteDeadline) {
		s.AbsoluteDeadline = end
		s.Deadline = earlier(s.Deadline, end)
		changed = true
	}
	if !a.Counts {
		return changed
	}
	if a.At.After(s.LastActivity) {
		s.LastActivity = a.At
		changed = true
	}
	if deadline := earlier(a.At.Add(s.IdleLimit), s.AbsoluteDeadline); deadline.After(s.Deadline) {
		s.Deadline = deadline
		changed = true
	}
	return changed
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// SessionPlace is a place in the order of all sessions, which nothing that happens in them
// changes: by CreatedAt, then by ID. The zero place is before all of them.
type SessionPlace struct {
	CreatedAt time.Time
	ID        string
}

// Place is that of a session.
func (s *Session) Place() SessionPlace { return SessionPlace{CreatedAt: s.CreatedAt, ID: s.ID} }

// Compare says which of two places comes first.
func (p SessionPlace) Compare(other SessionPlace) int {
	return cmp.Or(p.CreatedAt.Compare(other.CreatedAt), cmp.Compare(p.ID, other.ID))
}

// IsZero says that a place is before all sessions.
func (p SessionPlace) IsZero() bool { return p.ID == "" }

// Sessions keeps the live sessions.
type Sessions interface {
	SessionRecords
	SessionEnds
}

// SessionRecords is the side of the sessions that people and applications see.
type SessionRecords interface {
	// Create adds s, or ErrConflict.
	Create(ctx context.Context, s Session) error
	// Get returns the session, or ErrNotFound when it does not exist or its
	// Deadline or AbsoluteDeadline is not after the given time. One round trip.
	Get(ctx context.Context, id string, at time.Time) (Session, error)
	// Act applies the activity atomically and returns the session as it is
	// then; ErrNotFound as for Get: activity does not wake the dead. ErrEnded
	// when one of the marks that it names is set, or when the session does not suit
	// the limits that it names; then nothing changes. An activity that does not
	// count and names no client only looks: it writes nothing, and is answered also
	// where the store takes no writes. One round trip.
	Act(ctx context.Context, a Activity) (Session, error)
	// Renew puts a new authentication and secret in the place of those before, and
	// returns the session as it is then; its deadlines stay. ErrNotFound as for Get;
	// ErrStale when its secret is not the given one: of many callers exactly one
	// succeeds.
	Renew(ctx context.Context, r Renewal) (Session, error)
	// ByPeople returns the sessions of people that are alive at the time, in no order.
	ByPeople(ctx context.Context, at time.Time, personIDs ...string) ([]Session, error)
	// Page looks at up to limit sessions after a place, the first of them first: at all
	// that are held or, unless clientID is empty, at those in which a client took part.
	// It returns those that are alive at the time, and the place of the last one that it
	// looked at, or the zero place when there are none after it. What it costs depends
	// on limit, and neither on the place nor on how many there are. A session of a
	// version that had no Page may be missing until something happens in it; to look
	// at it is nothing.
	Page(ctx context.Context, clientID string, after SessionPlace, at time.Time, limit int) ([]Session, SessionPlace, error)
	// Count returns the number of sessions held, dead ones included.
	Count(ctx context.Context) (int64, error)
}

// SessionEnds is the side of the sessions that whoever ends them sees.
type SessionEnds interface {
	// Find returns those of the sessions that are held, dead ones included. One round
	// trip.
	Find(ctx context.Context, ids ...string) ([]Session, error)
	// Each calls fn with every session that is alive at the time or, unless clientID is
	// empty, with those in which that client took part, in no order, and stops at its
	// first error. It misses none, also where Page does; one that begins or ends
	// meanwhile may or may not be among them, and fn may end them. What it costs may
	// grow with all that are held.
	Each(ctx context.Context, clientID string, at time.Time, fn func(Session) error) error
	// Stop stops those of the sessions that are held, leases them as ClaimExpired does,
	// and returns them as they are then: nobody takes part who is not in them. Whoever
	// stops a session ends it and then calls Remove; if it dies, the first claim after
	// the lease finds the session, with the reason. One round trip; when it fails,
	// some of them may be stopped.
	Stop(ctx context.Context, at time.Time, lease time.Duration, e Ending, ids ...string) ([]Session, error)
	// ClaimExpired expires up to limit sessions whose deadline is not after the given
	// time, leases them, and returns them as they were: no other call gets them until
	// the lease is over. Who claimed one ends it and then calls Remove; if it dies, the
	// next claim after the lease finds the session again.
	ClaimExpired(ctx context.Context, at time.Time, lease time.Duration, limit int) ([]Session, error)
	// Remove removes sessions and returns how many of them this call did. One round
	// trip.
	Remove(ctx context.Context, ids ...string) (int, error)
}

// Interaction is something under way that its holder goes on with: a sign-in
// with the request that began it and the steps that are done, a request that
// was pushed, a device that waits to be let in.
type Interaction struct {
	// ID is at least 128 bits, or the hash of something that is.
	ID string `json:"id"`
	// HolderHash is the SHA-256 of what only its holder has or is: the secret
	// in the browser's cookie, the id of the client that pushed the request.
	HolderHash []byte    `json:"holder_hash"`
	CreatedAt  time.Time `json:"created_at"`
	ExpiresAt  time.Time `json:"expires_at"`
	// State is the owner's record, as JSON.
	State []byte `json:"state"`
	// Version counts changes, from 1.
	Version int64 `json:"version"`
}

// Interactions keeps what is under way.
type Interactions interface {
	// Create adds i with Version 1, or ErrConflict.
	Create(ctx context.Context, i Interaction) error
	// Get returns the interaction, or ErrNotFound when it does not exist or
	// ExpiresAt is not after the given time.
	Get(ctx context.Context, id string, at time.Time) (Interaction, error)
	// Update writes State and ExpiresAt where the version is i.Version, and
	// increments it; ErrStale otherwise, ErrNotFound when it is gone.
	Update(ctx context.Context, i Interaction, at time.Time) error
	// Take removes the interaction where its version is the given one: of many
	// callers exactly one succeeds, the others get ErrStale or ErrNotFound.
	Take(ctx context.Context, id string, version int64, at time.Time) error
}

// Code is an authorization code, stored under the SHA-256 of its secret.
type Code struct {
	// Hash is the key.
	Hash []byte `json:"hash"`
	// GrantID is the id that the grant will have; it is drawn when the code is
	// issued, so that a second redemption can end the grant before it exists.
	GrantID string `json:"grant_id"`
	// Request is the authorization that the code stands for, as JSON.
	Request   []byte    `json:"request"`
	ExpiresAt time.Time `json:"expires_at"`
	// KeepUntil is how long a used or expired code is remembered, so that a
	// second redemption is recognised (RFC 6749 section 4.1.2).
	KeepUntil time.Time `json:"keep_until"`
}

// Codes keeps the authorization codes.
type Codes interface {
	// Save adds c and, in the same round trip, applies the activity when there
	// is one. ErrConflict when the hash is taken. When the activity's session
	// is not alive, or does not suit its limits, nothing is saved: ErrEnded.
	Save(ctx context.Context, c Code, a *Activity) error
	// Redeem returns the code and spends it: of many callers exactly one gets
	// a nil error, the others get the code with ErrUsed. A code whose ExpiresAt
	// is not after the given time is ErrNotFound, unless it was used: ErrUsed
	// is told until KeepUntil. When the session is named and not alive, the code
	// is spent all the same, and ErrEnded is told beside it: who has signed out
	// gets no tokens. One round trip; spending is atomic.
	Redeem(ctx context.Context, hash []byte, sessionID string, at time.Time) (Code, error)
}

// Mark is a key that is marked until a moment.
type Mark struct {
	Key   string
	Until time.Time
}

// Marks keeps short facts: a proof was seen, a session or grant is dead.
type Marks interface {
	// Set marks key until the given time and reports whether it was unmarked
	// at `at`: of many callers exactly one hears true.
	Set(ctx context.Context, key string, at, until time.Time) (bool, error)
	// Any reports whether any of the keys is marked at the given time. One
	// round trip.
	Any(ctx context.Context, at time.Time, keys ...string) (bool, error)
	// Each reports which of the keys are marked at the given time, in their order.
	// One round trip.
	Each(ctx context.Context, at time.Time, keys ...string) ([]bool, error)
	// SetAll marks keys, whether they were marked before or not; one that is marked for
	// longer stays so. One round trip;
	// when it fails, some of them may be marked.
	SetAll(ctx context.Context, at time.Time, all ...Mark) error
}

// Attempt is the recent history of failures under one key.
type Attempt struct {
	Count int64
	Last  time.Time
}

// Claim is a count in which an attempt is entered before it is known what
// becomes of it. The figures are those of package limit.
type Claim struct {
	Key string
	// Free failures cost nothing. After one more, the next attempt waits for
	// Waits[0], after two for Waits[1], and so on; the last holds for all that
	// follow.
	Free  int64
	Waits []time.Duration
	// Forget is how long after the newest attempt the count is forgotten.
	Forget time.Duration
}

// Wait is how long an attempt at the given time has still to wait. It is the
// one place where that arithmetic stands; a backend calls it, or does the same
// where the count is kept.
func (c Claim) Wait(a Attempt, at time.Time) time.Duration {
	over := a.Count - c.Free
	if over <= 0 || len(c.Waits) == 0 {
		return 0
	}
	delay := c.Waits[min(over, int64(len(c.Waits)))-1]
	return max(a.Last.Add(delay).Sub(at), 0)
}

// Attempts counts failures. The figures are those of package limit.
type Attempts interface {
	// Reserve enters one attempt in every claim, or in none when one of them
	// has to wait; it returns the longest wait, zero when the attempt was
	// entered. Each claim is judged and entered in one step, so that of many
	// attempts at once no more get through than one after the other would.
	Reserve(ctx context.Context, at time.Time, claims ...Claim) (time.Duration, error)
	// Return takes back an attempt that was entered at the given time and was
	// no failure.
	Return(ctx context.Context, at time.Time, keys ...string) error
	// Get returns the states of the keys in that order, zero where there is
	// none. One round trip.
	Get(ctx context.Context, at time.Time, keys ...string) ([]Attempt, error)
	// Clear forgets the keys.
	Clear(ctx context.Context, keys ...string) error
}
