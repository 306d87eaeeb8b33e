package oidc

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/pkg/worker"
	"github.com/claviger-id/claviger/storage"
)

// Clients is the registered clients in memory, so that no request waits for
// them. After Open it is safe for concurrent use.
type Clients struct {
	Store storage.Store
	Log   *slog.Logger

	reading sync.Mutex // held while the set is made anew
	state   atomic.Pointer[clientSet]
}

// clientSet is the clients at one moment. It is replaced, never changed.
type clientSet struct {
	byID map[string]storage.Client
	// origins are those of applications that run in browsers.
	origins map[string]bool
	newest  time.Time
	count   int64
}

const (
	// pollInterval is how soon a replica sees what another one changed.
	pollInterval = 3 * time.Second
	// reloadEvery is after how many polls everything is read again: a change
	// by a replica whose clock is behind does not show in Newest.
	reloadEvery = 20
	clientPage  = 500
)

// Open reads the clients.
func (c *Clients) Open(ctx context.Context) error { return c.Reload(ctx) }

// Get returns a client as it was registered at most a few seconds ago.
func (c *Clients) Get(id string) (storage.Client, bool) {
	found, ok := c.state.Load().byID[id]
	return found, ok
}

// Acting returns the ids of those in which people may act for others, sorted.
func (c *Clients) Acting() []string {
	var ids []string
	for id, one := range c.state.Load().byID {
		if one.Acting {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// Answering returns the applications that answer for an audience, by their id or by a
// resource of theirs.
func (c *Clients) Answering(audience string) []storage.Client {
	var found []storage.Client
	for _, one := range c.state.Load().byID {
		if Addressed(one, []string{audience}) {
			found = append(found, one)
		}
	}
	return found
}

// KnowOrigin says that an application without a secret is returned to at this
// origin: its scripts may call us.
func (c *Clients) KnowOrigin(origin string) bool { return c.state.Load().origins[origin] }

// Run keeps the set current, until ctx ends.
func (c *Clients) Run(ctx context.Context) error {
	n := 0
	return worker.Every(ctx, pollInterval, c.Log, "refresh of the clients, of whom the known ones stay in use", func(ctx context.Context) error {
		if n++; n%reloadEvery == 0 {
			return c.Reload(ctx)
		}
		return c.Poll(ctx)
	})
}

// Poll reads the clients again when something changed.
func (c *Clients) Poll(ctx context.Context) error {
	var (
		newest time.Time
		count  int64
	)
	if err := c.Store.View(ctx, func(tx storage.Tx) (err error) {
		newest, count, err = tx.Clients().Newest(ctx)
		return err
	}); err != nil {
		return fmt.Errorf("oidc: clients: %w", err)
	}
	if known := c.state.Load(); newest.Equal(known.newest) && count == known.count {
		return nil
	}
	return c.Reload(ctx)
}

// Reload reads the clients again.
func (c *Clients) Reload(ctx context.Context) error {
	c.reading.Lock()
	defer c.reading.Unlock()
	next := &clientSet{byID: map[string]storage.Client{}}
	if err := c.Store.View(ctx, func(tx storage.Tx) (err error) {
		if next.newest, next.count, err = tx.Clients().Newest(ctx); err != nil {
			return err
		}
		for after := ""; ; {
			page, err := tx.Clients().List(ctx, after, clientPage)
			if err != nil {
				return err
			}
			for _, found := range page {
				next.byID[found.ID] = found
				after = found.ID
			}
			if len(page) < clientPage {
				return nil
			}
		}
	}); err != nil {
		return fmt.Errorf("oidc: clients: %w", err)
	}
	next.origins = originsOf(next.byID)
	c.state.Store(next)
	return nil
}

// Remember puts a client into the set that has just been stored, so that it can
// be used here at once. Other replicas see it with their next poll.
func (c *Clients) Remember(known storage.Client) {
	c.replace(func(all map[string]storage.Client) { all[known.ID] = known })
}

// Forget takes out a client that has just been removed.
func (c *Clients) Forget(id string) {
	c.replace(func(all map[string]storage.Client) { delete(all, id) })
}

// replace waits for a reading under way, which may have begun before the change.
func (c *Clients) replace(change func(map[string]storage.Client)) {
	c.reading.Lock()
	defer c.reading.Unlock()
	now := c.state.Load()
	next := &clientSet{byID: maps.Clone(now.byID), newest: now.newest, count: now.count}
	change(next.byID)
	next.origins = originsOf(next.byID)
	c.state.Store(next)
}

func originsOf(all map[string]storage.Client) map[string]bool {
	origins := map[string]bool{}
	for _, one := range all {
		for _, origin := range client.Origins(one) {
			origins[origin] = true
		}
	}
	return origins
}
