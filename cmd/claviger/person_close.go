package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/enroll"
)

func (p *program) personCloseCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "close USER-ID --reason CODE",
		Short: "Close an account for good",
		Long: `Closes an account: every session and every grant of the person ends, every
application that took part is told, and nobody signs in with it again. Its User
ID is never given to anybody else.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withAccountsNotAlone(cmd.Context(), sensitive{operation: "close-person", reason: reason, command: "person close", given: [][2]string{{"user-id", args[0]}, {"reason", reason}}}, args[0], func(a *enroll.Accounts) error {
				if err := a.Close(cmd.Context(), args[0], reason, operator()); err != nil {
					return err
				}
				_, err := fmt.Fprintf(p.stdout, "closed %s\n", args[0])
				return err
			})
		},
	}
	reasonFlag(cmd, &reason, "left_practice")
	_ = cmd.MarkFlagRequired("reason")
	return cmd
}
