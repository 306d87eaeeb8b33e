package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

func (p *program) sessionEndCommand() *cobra.Command {
	var (
		sessionID, reason, clientID string
		everyone                    bool
	)
	cmd := &cobra.Command{
		Use:   "end (USER-ID [--session ID] | --client ID | --everyone) --reason CODE",
		Short: "Sign people out, everywhere",
		Long: `Ends the sessions of a person, or one of them, or all in which an application took
part, or everyone's, and what applications got from them; every application that
took part is told. People may sign in again: to prevent that, suspend the account.
What was granted with offline_access stays. Doing it again ends what is left.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			ways := len(args)
			for _, given := range []bool{cmd.Flags().Changed("client"), everyone} {
				if given {
					ways++
				}
			}
			switch {
			case ways != 1:
				return usageError{errors.New("say whose sessions: a User ID, --client or --everyone")}
			case clientID == "" && cmd.Flags().Changed("client"): // a script whose variable is empty does not mean everyone
				return usageError{errors.New("--client is empty")}
			case cmd.Flags().Changed("session") && (len(args) == 0 || sessionID == ""):
				return usageError{errors.New("--session is the ID of a session of the User ID")}
			}
			return p.withSessions(ctx, func(in *installation, sessions *session.Service) error {
				if len(args) == 0 {
					if clientID != "" {
						if err := known(ctx, in, clientID); err != nil {
							return err
						}
					}
					n, err := sessions.EndSwept(ctx, session.Sweep{ClientID: clientID, Reason: reason, By: operator()})
					_, printed := fmt.Fprintf(p.stdout, "sessions that ended: %d\n", n)
					return errors.Join(err, printed)
				}
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
	cmd.Flags().StringVar(&clientID, "client", "", "`ID` of an application: the sessions in which it took part")
	cmd.Flags().BoolVar(&everyone, "everyone", false, "all sessions of all people")
	cmd.Flags().StringVar(&reason, "reason", "", "`code` for the audit log, such as lost_laptop")
	_ = cmd.MarkFlagRequired("reason")
	return cmd
}

// known refuses an application that there is not: a wrong ID would end nothing,
// and look as if it had.
func known(ctx context.Context, in *installation, clientID string) error {
	err := in.store.View(ctx, func(tx storage.Tx) error {
		_, err := tx.Clients().Get(ctx, clientID)
		return err
	})
	if errors.Is(err, storage.ErrNotFound) {
		return problem.New(problem.NotFound, "There is no application with this ID.")
	}
	return err
}
