package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/storage"
)

// clientPage is how many clients are read at once.
const clientPage = 200

func (p *program) clientListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the registered applications",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			in, err := p.open(ctx, false)
			if err != nil {
				return err
			}
			defer func() { _ = in.close() }()
			list := []client.Document{}
			err = in.store.View(ctx, func(tx storage.Tx) error {
				for after := ""; ; {
					page, err := tx.Clients().List(ctx, after, clientPage)
					if err != nil || len(page) == 0 {
						return err
					}
					for _, c := range page {
						list = append(list, client.Describe(c))
					}
					after = page[len(page)-1].ID
				}
			})
			if err != nil {
				return err
			}
			return printTable(p.stdout, asJSON, list, "ID\tNAME\tAUTHENTICATION\tREDIRECT URIS", func(c client.Document) []any {
				return []any{c.ID, c.Name, c.AuthMethod, strings.Join(c.RedirectURIs, " ")}
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
