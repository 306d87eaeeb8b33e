package main

import (
	"context"
	"slices"

	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/agreement"
	"github.com/claviger-id/claviger/storage"
)

// roleNames returns every role that a person can be given, sorted: those of the
// configuration, those that an agreement was published for, and those that an
// application asks for.
func (in *installation) roleNames(ctx context.Context, tx storage.Tx) ([]string, error) {
	all := in.config.Roles()
	published, err := tx.Agreements().Published(ctx)
	if err != nil {
		return nil, err
	}
	for _, a := range published {
		all = append(all, a.Audience)
	}
	for after := ""; ; {
		page, err := tx.Clients().List(ctx, after, clientPage)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			break
		}
		for _, c := range page {
			all = append(all, c.Roles...)
		}
		after = page[len(page)-1].ID
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(r string) bool { return r == access.Administrator || r == agreement.Everyone }), nil
}
