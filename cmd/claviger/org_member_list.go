package main

import (
	"github.com/spf13/cobra"
)

func (p *program) orgMemberListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list ORG",
		Short: "List who has which role in an organization",
		Long: `Lists the members of an organization and its administrators. That they were read is
recorded in the audit log.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			return p.change(ctx, false, func(in *installation) error {
				id, err := in.access(nil).Meant(ctx, args[0])
				if err != nil {
					return err
				}
				_, all, err := wholeRoster(ctx, in.access(nil), id)
				if err != nil {
					return err
				}
				list := describeMemberships(all)
				return printTable(p.stdout, asJSON, list, "USER ID\tNAME\tACCOUNT\tROLE\tUNTIL\tLAST USE\tNEED", func(m membershipDocument) []any {
					return []any{m.UserID, m.Name, m.State, m.Role, day(m.EndsAt), when(m.UsedAt), m.Need}
				})
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, with everything that is known")
	return cmd
}
