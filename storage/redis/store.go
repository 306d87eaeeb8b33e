package redis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/claviger-id/claviger/storage"
)

// Options says how the store is opened.
type Options struct {
	// URL is a redis:// or rediss:// URL. It may hold a password and is never
	// logged.
	URL string
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

// Open connects; ErrUnavailable when the server does not answer.
func Open(ctx context.Context, o Options) (*Store, error) {
	c, err := redis.ParseURL(o.URL)
	if err != nil {
		return nil, errors.New("redis: the connection URL cannot be read") // its text may hold the password
	}
	if c.TLSConfig == nil && !o.InsecurePlaintext && !local(c.Network, c.Addr) {
		return nil, fmt.Errorf("redis: the connection to %s would be unencrypted; use rediss://", c.Addr)
	}
	c.DialTimeout, c.ReadTimeout, c.WriteTimeout = dialTime, callTime, callTime
	c.ContextTimeoutEnabled = true
	c.ClientName = "claviger"
	c.DisableIdentity = true
	s := &Store{client: redis.NewClient(c), prefix: o.Prefix}
	if s.prefix == "" {
		s.prefix = "claviger"
	}
	if err := s.Ping(ctx); err != nil {
		return nil, errors.Join(err, s.client.Close())
	}
	return s, nil
}

func local(network, addr string) bool {
	if network == "unix" {
		return true
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil || host == "localhost" {
		return err == nil
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
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

// Ping asks the server for nothing.
func (s *Store) Ping(ctx context.Context) error { return classify(s.client.Ping(ctx).Err()) }

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
