package oidc

import (
	"context"
	"fmt"
	"time"

	"github.com/claviger-id/claviger/pkg/worker"
	"github.com/claviger-id/claviger/storage"
)

// What becomes of grants that are over: they stay long enough that a late use of
// their tokens is still told from a use of none, and go in small steps.
const (
	purgeInterval = time.Minute
	purgeAfter    = 30 * 24 * time.Hour
	purgeBatch    = 1000
)

// Run removes grants that are long over, until ctx ends. Any number of replicas
// may do so.
func (g *Grants) Run(ctx context.Context) error {
	return worker.Every(ctx, purgeInterval, g.Log, "removal of old grants", func(ctx context.Context) error {
		_, err := g.Purge(ctx)
		return err
	})
}

// Purge removes a batch of grants that have been over for 30 days, and returns
// how many. The audit log keeps what there was.
func (g *Grants) Purge(ctx context.Context) (n int64, err error) {
	err = g.Store.Tx(ctx, func(tx storage.Tx) error {
		n, err = tx.Grants().Purge(ctx, tx.Now().Add(-purgeAfter), purgeBatch)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("oidc: grants: %w", err)
	}
	return n, nil
}
