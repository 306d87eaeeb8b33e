package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/storage"
)

func (p *program) clientRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "remove ID",
		Short: "Remove a relying application and all that it was granted",
		Long: `Removes a relying application. Its grants end with it. Running replicas follow
within five seconds; access tokens that it has work until they expire.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			in, err := p.open(ctx, false)
			if err != nil {
				return err
			}
			defer func() { _ = in.close() }()
			if err := in.notAlone(ctx, sensitive{operation: "remove-client", command: "client remove", given: [][2]string{{"client", args[0]}}}); err != nil {
				return err
			}
			if err := in.store.Tx(ctx, func(tx storage.Tx) error {
				c, err := tx.Clients().Get(ctx, args[0])
				if errors.Is(err, storage.ErrNotFound) {
					return fmt.Errorf("there is no application %s", args[0])
				}
				if err != nil {
					return err
				}
				return oidc.RemoveClient(ctx, tx, c, operator(), oidc.RemovedByOperator)
			}); err != nil {
				return err
			}
			_, err = fmt.Fprintf(p.stdout, "removed application %s\n", args[0])
			return err
		},
	}
}
