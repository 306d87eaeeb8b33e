package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/keys"
	"github.com/claviger-id/claviger/storage"
)

type listedKey struct {
	ID         string      `json:"kid"`
	Algorithm  string      `json:"alg"`
	Status     keys.Status `json:"status"`
	ActiveFrom time.Time   `json:"active_from"`
	RetiresAt  time.Time   `json:"retires_at,omitzero"`
	ExpiresAt  time.Time   `json:"expires_at,omitzero"`
}

func (p *program) keyListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the keys that sign tokens",
		Long: `Lists the keys that are published: pending ones sign later, active ones sign,
retiring ones sign no more, but what they signed is still accepted.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in, err := p.open(cmd.Context(), false)
			if err != nil {
				return err
			}
			defer func() { _ = in.close() }()
			list, err := in.listKeys(cmd.Context())
			if err != nil {
				return err
			}
			return printTable(p.stdout, asJSON, list, "KEY\tALGORITHM\tSTATUS\tACTIVE FROM\tRETIRES\tGONE", func(k listedKey) []any {
				return []any{k.ID, k.Algorithm, k.Status, when(k.ActiveFrom), when(k.RetiresAt), when(k.ExpiresAt)}
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (in *installation) listKeys(ctx context.Context) ([]listedKey, error) {
	list := []listedKey{}
	err := in.store.View(ctx, func(tx storage.Tx) error {
		all, err := keys.List(ctx, tx)
		for _, k := range all {
			list = append(list, listedKey{k.ID, k.Algorithm, keys.StatusOf(all, k, tx.Now()), k.ActiveFrom, k.RetiresAt, k.ExpiresAt})
		}
		return err
	})
	return list, err
}
