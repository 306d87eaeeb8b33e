package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/session"
)

func (p *program) sessionEndCommand() *cobra.Command {
	var sessionID, reason string
	cmd := &cobra.Command{
		Use:   "end USER-ID [--session ID] --reason CODE",
		Short: "Sign somebody out, everywhere",
		Long: `Ends the sessions of a person, or one of them, and what applications got from
them; every application that took part is told. The person may sign in again: to
prevent that, suspend the account. What was granted with offline_access stays.
Doing it again ends what is left.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			return p.withSessions(ctx, func(in *installation, sessions *session.Service) error {
				who, _, err := in.accounts(nil).Find(ctx, args[0], operator())
				if err != nil {
					return err
				}
				n, err := sessions.EndOrdered(ctx, session.Order{PersonID: who.ID, SessionID: sessionID, Reason: reason, By: operator()})
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.stdout, "sessions of %s that ended: %d\n", args[0], n)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&sessionID, "session", "", "`ID` of the only session to end")
	cmd.Flags().StringVar(&reason, "reason", "", "`code` for the audit log, such as lost_laptop")
	_ = cmd.MarkFlagRequired("reason")
	return cmd
}
