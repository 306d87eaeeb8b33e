package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/enroll"
)

func (p *program) personSuspendCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "suspend USER-ID --reason CODE",
		Short: "Refuse sign-in until somebody decides",
		Long: `Suspends an account: every session and every grant of the person ends, every
application that took part is told, and nobody signs in with it until it is
reinstated. Doing it again ends what is left.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withAccounts(cmd.Context(), func(a *enroll.Accounts) error {
				if err := a.Suspend(cmd.Context(), args[0], reason, operator()); err != nil {
					return err
				}
				_, err := fmt.Fprintf(p.stdout, "suspended %s\n", args[0])
				return err
			})
		},
	}
	reasonFlag(cmd, &reason, "left_practice")
	_ = cmd.MarkFlagRequired("reason")
	return cmd
}
