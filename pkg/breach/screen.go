package breach

import (
	"context"
	"crypto/sha1" //nolint:gosec // the lists are of SHA-1 hashes
	"errors"
	"log/slog"
	"sync/atomic"

	"golang.org/x/text/unicode/norm"
)

// Hash is the SHA-1 of a password in UTF-8, as the lists have it.
type Hash [sha1.Size]byte

// HashOf returns the hash of a password in normalization form C.
func HashOf(password string) Hash { return sha1.Sum([]byte(norm.NFC.String(password))) } //nolint:gosec // see above

// Lookup is a place that knows stolen passwords.
type Lookup interface {
	Contains(ctx context.Context, h Hash) (bool, error)
}

// Screen asks every place there is.
type Screen struct {
	Places []Lookup
	// Closed says that a password is not accepted while a place does not answer.
	// Otherwise it is, and the log and the counter tell of it.
	Closed bool
	Log    *slog.Logger

	unanswered atomic.Int64
}

// Unanswered is how often a place did not answer.
func (s *Screen) Unanswered() int64 { return s.unanswered.Load() }

// Compromised reports whether others have the password. An error says that this
// is not known and that it matters.
func (s *Screen) Compromised(ctx context.Context, password string) (bool, error) {
	h := HashOf(password)
	var errs []error
	for _, place := range s.Places {
		found, err := place.Contains(ctx, h)
		if found {
			return true, nil
		}
		if err != nil {
			s.unanswered.Add(1)
			errs = append(errs, err)
		}
	}
	err := errors.Join(errs...)
	if err != nil && !s.Closed {
		s.Log.LogAttrs(ctx, slog.LevelWarn, "it is not known whether a password was stolen", slog.Any("error", err))
		return false, nil
	}
	return false, err
}
