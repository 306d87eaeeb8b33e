package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/storage"
)

func (p *program) orgCreateCommand() *cobra.Command {
	var (
		n      access.NewOrganization
		kind   string
		again  bool
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "create --name NAME [--kind practice|facility|department] [--parent ORG] [--role ROLE]…",
		Short: "Make an organization",
		Long: `Makes an organization and prints its id. The roles that are named are the ceiling:
what its own administrators may grant to its staff, of the roles that the
configuration has (access.roles). An organization stays part of its parent. Another one
of the same name there is made with --same-name only.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.change(cmd.Context(), true, func(in *installation) error {
				n.Kind, n.Alone = storage.OrganizationKind(kind), !again
				if n.ParentID != "" {
					var err error
					if n.ParentID, err = in.access(nil).Meant(cmd.Context(), n.ParentID); err != nil {
						return err
					}
				}
				o, err := in.access(nil).Create(cmd.Context(), n, operator())
				if err != nil {
					return err
				}
				if asJSON {
					return json.NewEncoder(p.stdout).Encode(describeOrganization(o))
				}
				_, err = fmt.Fprintln(p.stdout, o.ID)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&n.Name, "name", "", "`name` that people know it by")
	cmd.Flags().StringVar(&kind, "kind", string(storage.OrganizationPractice), "practice, facility or department")
	cmd.Flags().StringVar(&n.ParentID, "parent", "", "ID or `name` of the organization that it is part of")
	selects(cmd, "parent", "role")
	cmd.Flags().BoolVar(&again, "same-name", false, "there may be another one of this name")
	cmd.Flags().StringSliceVar(&n.Ceiling, "role", nil, "`role` that its administrators may grant; may be repeated")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	_ = cmd.MarkFlagRequired("name")
	return cmd
}
