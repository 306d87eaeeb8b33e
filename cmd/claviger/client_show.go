package main

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/oidc/client"
)

func (p *program) clientShowCommand() *cobra.Command {
	cmd := &cobra.Command{
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
			c, err := in.client(ctx, args[0])
			if err != nil {
				return err
			}
			e := json.NewEncoder(p.stdout)
			e.SetIndent("", "  ")
			return e.Encode(client.Describe(c))
		},
	}
	cmd.Flags().Bool("json", true, "print JSON, which it always does")
	return cmd
}
