package main

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/storage"
)

// ceilingDocument is an organization whose ceiling was changed, in JSON.
type ceilingDocument struct {
	organizationDocument
	Was []string `json:"ceiling_before"`
}

func (p *program) orgCeilingCommand() *cobra.Command {
	var (
		roles        []string
		none, asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "ceiling ORG [--role ROLE … | --none]",
		Short: "Show or say what the administrators of an organization may grant",
		Long: `Shows the roles that the administrators of an organization may grant to its staff.
With --role it replaces them, all at once; with --none the administrators may grant
none. What they have granted stays.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if none && len(roles) > 0 {
				return usageError{errors.New("say --role or --none, not both")}
			}
			return p.change(ctx, false, func(in *installation) error {
				id, err := in.access(nil).Meant(ctx, args[0])
				if err != nil {
					return err
				}
				was, err := in.access(nil).Get(ctx, id, operator())
				if err != nil {
					return err
				}
				if !none && len(roles) == 0 {
					return p.printSaid(asJSON, describeOrganization(was), fmt.Sprintf("ceiling of %s: %s", was.ID, rolesOrNone(was.Ceiling)))
				}
				is, err := in.access(nil).SetCeilingOf(ctx, id, was.Version, roles, operator())
				if errors.Is(err, storage.ErrStale) {
					return errors.New("somebody else changed this organization at this moment; look again")
				}
				if err != nil {
					return err
				}
				return p.printSaid(asJSON, ceilingDocument{describeOrganization(is), append([]string{}, was.Ceiling...)},
					fmt.Sprintf("ceiling of %s: %s (it was: %s)", is.ID, rolesOrNone(is.Ceiling), rolesOrNone(was.Ceiling)))
			})
		},
	}
	cmd.Flags().StringSliceVar(&roles, "role", nil, "`role` that they may grant; may be repeated")
	cmd.Flags().BoolVar(&none, "none", false, "they may grant none")
	selects(cmd, "role")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func rolesOrNone(roles []string) string { return cmp.Or(strings.Join(roles, " "), "none") }
