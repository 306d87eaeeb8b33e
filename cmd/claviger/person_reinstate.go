package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/enroll"
)

func (p *program) personReinstateCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "reinstate USER-ID --reason CODE",
		Short: "End a suspension",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withAccountsNotAlone(cmd.Context(), sensitive{operation: "reinstate-person", reason: reason, command: "person reinstate", given: [][2]string{{"user-id", args[0]}, {"reason", reason}}}, args[0], func(a *enroll.Accounts) error {
				state, err := a.Reinstate(cmd.Context(), args[0], reason, operator())
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.stdout, "reinstated %s, which is %s now\n", args[0], state)
				return err
			})
		},
	}
	reasonFlag(cmd, &reason, "returned")
	_ = cmd.MarkFlagRequired("reason")
	return cmd
}
