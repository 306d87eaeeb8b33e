package session

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// whyKept is how long a browser is told why its session ended: until its person
// is back at work on the next morning.
const whyKept = 16 * time.Hour

// told are the reasons that a browser is told of.
func told() []Reason {
	return slices.DeleteFunc(Reasons(), func(r Reason) bool { return !r.Told() })
}

// whyMark is the name of the mark by which the browser of an ended session finds
// the reason. It holds the hash of the secret in the cookie: who does not have the
// cookie cannot ask.
func whyMark(reason Reason, secretHash []byte) string {
	return "why:" + string(reason) + ":" + hex.EncodeToString(secretHash)
}

// WhyEnded returns why a session that is over ended, by its public id, as long as it is
// not gone; "" where it lives, or is gone. What rested on it is told by its grants.
func (s *Service) WhyEnded(ctx context.Context, id string) (string, error) {
	record, err := s.Ephemeral.Sessions().Get(ctx, id, time.Time{})
	switch {
	case errors.Is(err, storage.ErrNotFound), err == nil && record.Alive(s.Now()):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("session: %w", err)
	}
	return string(over(record)), nil
}

// Why returns why the session of a cookie ended, or "" when it lives, when there
// was none, or when there is nothing to tell. It says nothing of whose it was.
func (s *Service) Why(ctx context.Context, cookie string) (Reason, error) {
	if len(cookie) != cookieLength || cookie[idLength] != '.' {
		return "", nil
	}
	hash := secret.Hash(cookie[idLength+1:])
	record, err := s.Ephemeral.Sessions().Get(ctx, cookie[:idLength], time.Time{})
	switch {
	case err == nil && !secret.Equal(record.SecretHash, hash):
		return "", nil
	case err == nil && record.Alive(s.Now()), err == nil && !over(record).Told():
		return "", nil
	case err == nil:
		return over(record), nil // the reaper has yet to come
	case !errors.Is(err, storage.ErrNotFound):
		return "", fmt.Errorf("session: %w", err)
	}
	var all []string
	for _, one := range told() {
		all = append(all, whyMark(one, hash))
	}
	some, err := s.Ephemeral.Marks().Any(ctx, s.Now(), all...)
	if err != nil || !some {
		return "", err
	}
	for i, one := range told() {
		if is, err := s.Ephemeral.Marks().Any(ctx, s.Now(), all[i]); err != nil || is {
			return one, err
		}
	}
	return "", nil
}
