package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/approval"
)

func (p *program) adminRequestApproveCommand() *cobra.Command {
	return p.adminRequestDecideCommand(true, "approve", "approved", "Approve what somebody else wants to do",
		`Approves a request for a second person: who asked then does the same again, and it
is done. Nobody approves what they asked for themselves. See exactly what it is with
claviger admin request show.`)
}

func (p *program) adminRequestRejectCommand() *cobra.Command {
	return p.adminRequestDecideCommand(false, "reject", "rejected", "Reject what somebody wants to do",
		`Rejects a request for a second person. Who asked withdraws it so.`)
}

func (p *program) adminRequestDecideCommand(approve bool, verb, done, short, long string) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: verb + " REQUEST --reason CODE", Short: short, Long: long,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.change(cmd.Context(), false, func(in *installation) error {
				if _, err := in.approvals().Decide(cmd.Context(), approval.Decision{ID: args[0], Approve: approve, Reason: reason, By: operator()}); err != nil {
					return err
				}
				_, err := fmt.Fprintf(p.stdout, "%s %s\n", done, args[0])
				return err
			})
		},
	}
	reasonFlag(cmd, &reason, "seen_ticket")
	_ = cmd.MarkFlagRequired("reason")
	return cmd
}
