package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func (p *program) orgCeilingCommand() *cobra.Command {
	var (
		roles  []string
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "ceiling ORG [--role ROLE]…",
		Short: "Say what the administrators of an organization may grant",
		Long: `Replaces the roles that the administrators of an organization may grant to its
staff. Without --role they may grant none. What they have granted stays.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.change(cmd.Context(), false, func(in *installation) error {
				id, err := in.access(nil).Meant(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				o, err := in.access(nil).SetCeiling(cmd.Context(), id, roles, operator())
				if err != nil {
					return err
				}
				if asJSON {
					return json.NewEncoder(p.stdout).Encode(describeOrganization(o))
				}
				_, err = fmt.Fprintf(p.stdout, "ceiling of %s: %s\n", o.ID, strings.Join(o.Ceiling, " "))
				return err
			})
		},
	}
	cmd.Flags().StringSliceVar(&roles, "role", nil, "`role` that they may grant; may be repeated")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
