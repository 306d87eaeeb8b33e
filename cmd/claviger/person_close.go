package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

func (p *program) personCloseCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "close USER-ID --reason CODE",
		Short: "Close an account for good",
		Long: `Closes an account: every session and every grant of the person ends, every
application that took part is told, and nobody signs in with it again. Its User
ID is never given to anybody else. Doing it again ends what is left.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, userID := cmd.Context(), args[0]
			return p.withSessions(ctx, func(in *installation, sessions *session.Service) error {
				who, _, err := in.accounts(nil).Find(ctx, userID, operator())
				if err != nil {
					return err
				}
				closed := who.State == storage.PersonClosed
				if !closed { // otherwise nothing is decided: what is left of its access ends
					if err := in.notAlone(ctx, sensitive{
						operation: "close-person", personID: who.ID, reason: reason, command: "person close", given: [][2]string{{"user-id", userID}, {"reason", reason}},
					}); err != nil {
						return err
					}
				}
				sessions.Store = in.store
				if err := in.accounts(sessions).Close(ctx, userID, reason, operator()); err != nil {
					return err
				}
				said := "closed " + userID
				if closed {
					said = userID + " was closed already"
				}
				_, err = fmt.Fprintln(p.stdout, said)
				return err
			})
		},
	}
	reasonFlag(cmd, &reason, "left_practice")
	_ = cmd.MarkFlagRequired("reason")
	return cmd
}
