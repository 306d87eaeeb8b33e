package redis

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/claviger-id/claviger/storage"
)

// Options says how the store is opened.
type Options struct {
	// URL names a single server, or what connect describes: sentinels, or nodes
	// of a cluster. It may hold passwords and is never logged.
	URL string
	// Roots are the certificate authorities that are trusted; nil means the
	// system's.
	Roots *x509.CertPool
	// Prefix stands before every key; empty means "claviger".
	Prefix string
	// InsecurePlaintext allows a connection without TLS to a host that is not
	// this machine.
	InsecurePlaintext bool
}

// Store is the ephemeral store on Redis.
type Store struct {
	client redis.UniversalClient
	prefix string
}

var _ storage.Ephemeral = (*Store)(nil)

// Times of one exchange with the server. A store that is slower than this is
// down for those who wait at a sign-in page.
const (
	dialTime = 2 * time.Second
	callTime = time.Second
)

// slack is how much longer than its deadline a record is left to Redis' own
// expiry: enough for any skew of clocks and for a reaper that was away.
const slack = 24 * time.Hour

// Open connects; ErrUnavailable when the server does not answer, a DeniedError when it
// does not let the user do what the store does.
func Open(ctx context.Context, o Options) (*Store, error) {
	client, err := connect(o)
	if err != nil {
		return nil, err
	}
	s := &Store{client: client, prefix: o.Prefix}
	if s.prefix == "" {
		s.prefix = "claviger"
	}
	err = s.Ping(ctx)
	if err == nil {
		err = s.permitted(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.client.Close())
	}
	return s, nil
}

// Check says what is wrong with the options, as far as that can be seen without
// connecting.
func Check(o Options) error {
	client, err := connect(o)
	if err != nil {
		return err
	}
	return client.Close()
}

// Sessions keeps the live sessions.
func (s *Store) Sessions() storage.Sessions { return sessions{s} }

// Interactions keeps the sign-ins under way.
func (s *Store) Interactions() storage.Interactions { return interactions{s} }

// Codes keeps the authorization codes.
func (s *Store) Codes() storage.Codes { return codes{s} }

// Marks keeps short facts.
func (s *Store) Marks() storage.Marks { return marks{s} }

// Attempts counts failures.
func (s *Store) Attempts() storage.Attempts { return attempts{s} }

// Ping asks the server for nothing; in a cluster every primary, as a session
// may live on any.
func (s *Store) Ping(ctx context.Context) error {
	if c, ok := s.client.(*redis.ClusterClient); ok {
		return classify(c.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error { return node.Ping(ctx).Err() }))
	}
	return classify(s.client.Ping(ctx).Err())
}

// scattered says that keys of different hash tags live on different nodes, so
// that no one script may touch them.
func (s *Store) scattered() bool {
	_, is := s.client.(*redis.ClusterClient)
	return is
}

// Close closes all connections.
func (s *Store) Close() error { return s.client.Close() }

// key is the name of a record; the part in braces decides where it lives in a
// cluster.
func (s *Store) key(kind, name string) string {
	return s.prefix + ":" + kind + ":{" + name + "}"
}

// keep is how long Redis keeps a record whose deadline is until.
func keep(at, until time.Time) int64 {
	return (max(until.Sub(at), 0) + slack).Milliseconds()
}

// classify turns a driver's error into a sentinel. A reply that is an error
// (LOADING, READONLY, OOM, NOAUTH, …) and a broken connection alike mean that
// the store cannot serve now.
func classify(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, redis.Nil):
		return storage.ErrNotFound
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("redis: %w", err)
	}
	return fmt.Errorf("redis: %w", errors.Join(storage.ErrUnavailable, err))
}

// malformed is what a record is that this program did not write.
func malformed(what string) error {
	return fmt.Errorf("redis: a stored %s is malformed", strings.TrimSpace(what))
}
