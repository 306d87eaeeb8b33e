package main

import (
	"strings"

	"github.com/spf13/cobra"
)

func (p *program) delegationListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list USER-ID",
		Short: "List who may act for a person, and for whom the person may act",
		Long: `Lists the delegations of a person that are not over. That they were read is recorded in
the audit log.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			return p.change(ctx, false, func(in *installation) error {
				who, _, err := in.accounts(nil).Find(ctx, args[0], operator())
				if err != nil {
					return err
				}
				acting, acted, err := in.access(nil).DelegationsOf(ctx, who.ID, operator())
				if err != nil {
					return err
				}
				list := describeDelegations(append(acting, acted...)...)
				return printTable(p.stdout, asJSON, list, "DELEGATION\tFOR\tACTS\tPURPOSE\tUNTIL\tLAST USE\tAPPLICATIONS", func(d delegationDocument) []any {
					return []any{d.ID, d.Principal, d.Delegate, d.Purpose, day(d.EndsAt), when(d.UsedAt), strings.Join(d.Clients, " ")}
				})
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, with everything that is known")
	return cmd
}
