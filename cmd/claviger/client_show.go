package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/storage"
)

func (p *program) clientShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show ID",
		Short: "Show the registration of an application",
		Long: `Prints the registration of an application as a JSON document, without secrets, as
"claviger client register --file" reads it.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			in, err := p.open(ctx, false)
			if err != nil {
				return err
			}
			defer func() { _ = in.close() }()
			var c storage.Client
			err = in.store.View(ctx, func(tx storage.Tx) error {
				c, err = tx.Clients().Get(ctx, args[0])
				return err
			})
			if errors.Is(err, storage.ErrNotFound) {
				return fmt.Errorf("there is no application %s", args[0])
			}
			if err != nil {
				return err
			}
			e := json.NewEncoder(p.stdout)
			e.SetIndent("", "  ")
			return e.Encode(client.Describe(c))
		},
	}
}
