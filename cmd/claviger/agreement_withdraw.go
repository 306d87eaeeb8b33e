package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/agreement"
	"github.com/claviger-id/claviger/pkg/session"
)

func (p *program) agreementWithdrawCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "withdraw USER-ID --reason CODE",
		Short: "Take back what somebody accepted",
		Long: `Takes back everything that a person accepted, and ends their sessions and all
that applications were granted. When they next sign in they are asked again, and can
not put it off. Doing it again ends what is left: the sessions and grants of before,
where the first time did not come to its end. Who has accepted nothing stays signed in.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if err := reasonOrNone(reason); err != nil {
				return err
			}
			return p.withSessions(ctx, func(in *installation, sessions *session.Service) error {
				who, _, err := in.accounts(nil).Find(ctx, args[0], operator())
				if err != nil {
					return err
				}
				s, err := in.agreements(ctx, sessions)
				if err != nil {
					return err
				}
				done, err := s.WithdrawFor(ctx, who.ID, reason, operator())
				switch {
				case errors.Is(err, agreement.ErrNothing):
					return fmt.Errorf("there is nothing to withdraw: %s has accepted nothing", args[0])
				case err != nil:
					return err
				case done.Acceptances == 0:
					_, err = fmt.Fprintf(p.stdout, "what %s accepted was withdrawn at %s; sessions that were left, and ended: %d\n", args[0], when(done.Before), done.Sessions)
				default:
					_, err = fmt.Fprintf(p.stdout, "withdrawn for %s; sessions that ended: %d\n", args[0], done.Sessions)
				}
				return err
			})
		},
	}
	reasonFlag(cmd, &reason, "new_contract")
	selects(cmd, "reason")
	_ = cmd.MarkFlagRequired("reason")
	return cmd
}
