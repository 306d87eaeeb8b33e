package main

import (
	"strings"

	"github.com/spf13/cobra"
)

func (p *program) orgListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List organizations",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			in, err := p.open(ctx, false)
			if err != nil {
				return err
			}
			defer func() { _ = in.close() }()
			list := []organizationDocument{}
			for after := ""; ; {
				some, err := in.access(nil).List(ctx, after, memberPage)
				if err != nil {
					return err
				}
				for _, o := range some {
					list, after = append(list, describeOrganization(o)), o.ID
				}
				if len(some) < memberPage {
					break
				}
			}
			return printTable(p.stdout, asJSON, list, "ORGANIZATION\tKIND\tSTATE\tNAME\tPART OF\tCEILING", func(o organizationDocument) []any {
				return []any{o.ID, o.Kind, o.State, o.Name, o.Parent, strings.Join(o.Ceiling, " ")}
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
