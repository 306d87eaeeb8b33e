package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/session"
)

func (p *program) agreementWithdrawCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "withdraw USER-ID",
		Short: "Take back what somebody accepted",
		Long: `Takes back everything that a person accepted, and ends their sessions and all
that applications were granted. When they next sign in they are asked again, and can
not put it off. Doing it again ends what is left.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := reasonOrNone(reason); err != nil {
				return err
			}
			ctx := cmd.Context()
			return p.withSessions(ctx, func(in *installation, sessions *session.Service) error {
				who, _, err := in.accounts(nil).Find(ctx, args[0], operator())
				if err != nil {
					return err
				}
				s, err := in.agreements(ctx, sessions)
				if err != nil {
					return err
				}
				if err := s.WithdrawFor(ctx, who.ID, reason, operator()); err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.stdout, "withdrawn for %s\n", args[0])
				return err
			})
		},
	}
	reasonFlag(cmd, &reason, "new_contract")
	return cmd
}
