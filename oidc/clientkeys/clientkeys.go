// Package clientkeys finds the public keys of clients: those that were
// registered by value, and those that are fetched from where the client
// publishes them.
package clientkeys

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/claviger-id/claviger/oidc/assertion"
	"github.com/claviger-id/claviger/pkg/outbound"
	"github.com/claviger-id/claviger/storage"
)

const (
	// minKept and maxKept bound how long a fetched set is used without asking
	// again; kept is for servers that do not say.
	minKept = time.Minute
	kept    = 15 * time.Minute
	maxKept = 24 * time.Hour
	// retryAfter is how soon a set is fetched again after a failure, or because
	// of a kid that is not in it: whoever makes up kids makes no traffic.
	retryAfter = 30 * time.Second
	// maxKeys is the most keys that a set may have.
	maxKeys = 100
)

// ErrUnavailable says that the keys could not be fetched.
var ErrUnavailable = errors.New("clientkeys: the keys of the client could not be fetched")

// Fetcher fetches documents. package outbound has it.
type Fetcher interface {
	Get(ctx context.Context, address, accept string) (outbound.Document, error)
}

// Cache finds the keys. It is safe for concurrent use.
type Cache struct {
	Fetch Fetcher
	Now   func() time.Time

	mu    sync.Mutex
	known map[string]*entry // by client id
}

// entry is the keys of one client. Its lock is held while they are fetched, so
// that many requests cause one fetch.
type entry struct {
	mu      sync.Mutex
	source  string // the address, or the document itself
	keys    []jose.JSONWebKey
	goodFor time.Time // until when the keys are used without asking again
	asked   time.Time // the last fetch
	err     error     // how it failed
}

// Keys returns the keys of the client that have the kid, or all when it is
// empty. No key is no error.
func (c *Cache) Keys(ctx context.Context, of storage.Client, kid string) ([]jose.JSONWebKey, error) {
	e := c.entry(of.ID)
	e.mu.Lock()
	defer e.mu.Unlock()
	if of.JWKSURI == "" {
		if err := e.inline(of.JWKS); err != nil {
			return nil, err
		}
		return e.pick(kid), nil
	}
	now := c.Now()
	if e.source != of.JWKSURI {
		e.source, e.keys, e.goodFor, e.asked, e.err = of.JWKSURI, nil, time.Time{}, time.Time{}, nil
	}
	mayAsk := e.asked.IsZero() || now.Sub(e.asked) >= retryAfter
	found := e.pick(kid)
	if mayAsk && (!now.Before(e.goodFor) || len(found) == 0) {
		e.fetch(ctx, c.Fetch, now)
		found = e.pick(kid)
	}
	// Old keys outlive a failure to fetch newer ones, for as long as any are
	// ever kept.
	if e.err != nil && (len(found) == 0 || now.After(e.goodFor.Add(maxKept))) {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, e.err)
	}
	return found, nil
}

func (c *Cache) entry(id string) *entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil {
		c.known = map[string]*entry{}
	}
	e := c.known[id]
	if e == nil {
		e = &entry{}
		c.known[id] = e
	}
	return e
}

func (e *entry) inline(text json.RawMessage) error {
	if e.source == string(text) {
		return nil
	}
	keys, err := Parse(text)
	if err != nil {
		return fmt.Errorf("clientkeys: %w", err)
	}
	e.source, e.keys, e.err = string(text), keys, nil
	return nil
}

func (e *entry) fetch(ctx context.Context, f Fetcher, now time.Time) {
	// Who gave up waiting must not leave a failure to those who come after.
	ctx = context.WithoutCancel(ctx)
	e.asked = now
	d, err := f.Get(ctx, e.source, "application/jwk-set+json, application/json")
	var keys []jose.JSONWebKey
	if err == nil {
		keys, err = Parse(d.Body)
	}
	if e.err = err; err != nil {
		return
	}
	age := d.MaxAge
	if age == 0 {
		age = kept
	}
	e.keys, e.goodFor = keys, now.Add(min(max(age, minKept), maxKept))
}

func (e *entry) pick(kid string) []jose.JSONWebKey {
	if kid == "" {
		return e.keys
	}
	return slices.DeleteFunc(slices.Clone(e.keys), func(k jose.JSONWebKey) bool { return k.KeyID != kid })
}

// Parse reads a key set. Keys of a kind that is not known are passed over (RFC
// 7517 section 5); a private or symmetric key makes the whole set unusable,
// since it is no secret any more.
func Parse(text []byte) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil || set.Keys == nil {
		return nil, errors.New("not a JSON Web Key Set")
	}
	if len(set.Keys) > maxKeys {
		return nil, fmt.Errorf("there are more than %d keys in the set", maxKeys)
	}
	var keys []jose.JSONWebKey
	for _, one := range set.Keys {
		var k jose.JSONWebKey
		if err := json.Unmarshal(one, &k); err != nil {
			continue
		}
		if !k.IsPublic() {
			return nil, errors.New("a key of the set is not a public one")
		}
		if assertion.Usable(&k) {
			keys = append(keys, k)
		}
	}
	return keys, nil
}
