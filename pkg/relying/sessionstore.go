package relying

import (
	"context"
	"errors"
	"time"
)

// ErrNoSession says that there is no session: it ended, or there never was one.
var ErrNoSession = errors.New("there is no such session")

// ErrChanged says that a record is not any more what it was when it was read.
var ErrChanged = errors.New("the session has changed meanwhile")

// SessionRecord is a session as a SessionStore keeps it. What it holds is sealed with a
// key that is made of the cookie: who reads the store learns whose sessions there are, and
// no token.
type SessionRecord struct {
	Key     string // of 64 characters
	SignIn  string // the sid of the sign-in; may be empty
	Subject string
	Ends    time.Time // when it may be forgotten
	Version int64     // 1, and one more with each replacement
	Sealed  []byte    // some kilobytes
}

// SignInEnd says that a sign-in ended at the provider.
type SignInEnd struct {
	SignIn  string // empty when all of the subject have ended
	Subject string // may be empty when there is a SignIn
	Issued  time.Time
	Until   time.Time // how long it is to be remembered
	Number  int64     // given by the store: 1 for the first, one more for each
}

// SessionStore keeps the sessions of an application whose replicas share them. A
// [MemoryStore] is one for a single replica. It must be safe for concurrent use, and give
// up when a context ends. After any error that is not named here, what was asked for may
// have been done or not.
type SessionStore interface {
	// Create keeps a new record.
	Create(ctx context.Context, record SessionRecord) error
	// Get returns a record, or ErrNoSession.
	Get(ctx context.Context, key string) (SessionRecord, error)
	// Replace puts a record in the place of the one with the same key whose version is
	// one less: ErrNoSession where there is none, ErrChanged where its version is another.
	// Both happen at once, or neither.
	Replace(ctx context.Context, record SessionRecord) error
	// Delete removes a record. That there is none is no error.
	Delete(ctx context.Context, key string) error
	// EndSignIn first remembers an end, with its number, if it names a sign-in; then it
	// removes the records of that sign-in, or those of the subject where it names none.
	// In this order: a session that is beginning is either removed, or sees the end.
	EndSignIn(ctx context.Context, end SignInEnd) error
	// Ends returns the latest end of a sign-in that is remembered, the zero value if
	// there is none, and how many ends there have been of any.
	Ends(ctx context.Context, signIn string) (latest SignInEnd, count int64, err error)
}
