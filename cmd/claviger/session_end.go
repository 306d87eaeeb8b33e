package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/session"
)

func (p *program) sessionEndCommand() *cobra.Command {
	var (
		whose                     scopeFlags
		sessionID, except, reason string
		asJSON                    bool
		care                      sweeping
	)
	cmd := &cobra.Command{
		Use:   "end (USER-ID [--session ID | --except ID] | --org ORG | --client ID | --everyone) --reason CODE",
		Short: "Sign people out, everywhere",
		Long: `Ends the sessions of a person, or one of them, or all but one, or those of whoever has a role in an
organization or in a part of it, or all in which an application took part, or
everyone's, and what applications got from them; every application that took part is
told. People may sign in again: to prevent that, suspend the account. What was
granted with offline_access stays. Doing it again ends what is left.

--dry-run counts whom it would concern. Before everyone is signed out the command asks,
unless --yes is said; where there is no terminal to ask on, --yes is needed.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if err := whose.check(cmd, args); err != nil {
				return err
			}
			if cmd.Flags().Changed("session") && (len(args) == 0 || sessionID == "") {
				return usageError{errors.New("--session is the ID of a session of the User ID")}
			}
			if care.dryRun && sessionID+except != "" {
				return usageError{errors.New("--dry-run counts all sessions; --session is one, and --except all but one")}
			}
			if cmd.Flags().Changed("except") && (len(args) == 0 || except == "") {
				return usageError{errors.New("--except is the ID of a session of the User ID")}
			}
			return p.withSessions(ctx, func(in *installation, sessions *session.Service) error {
				scope, err := whose.scope(ctx, in, args)
				if err != nil {
					return err
				}
				if care.dryRun || whose.everyone && !care.yes {
					n, people, err := sessions.Count(ctx, scope, operator())
					if err != nil {
						return err
					}
					if care.dryRun {
						return p.printSaid(asJSON, map[string]int{"would_end": n, "people": people},
							fmt.Sprintf("sessions that would end: %d, of %s", n, plural(people, "person", "people")))
					}
					if err := p.sure(fmt.Sprintf("This signs everyone out: %s of %s", plural(n, "session", "sessions"), plural(people, "person", "people")), care); err != nil {
						return err
					}
				}
				if err := in.notAlone(ctx, whose.end(reason)); err != nil {
					return err
				}
				sessions.Store = in.store
				n, err := sessions.EndOrdered(ctx, session.Order{Scope: scope, SessionID: sessionID, Except: except, Reason: reason, By: operator()})
				if err != nil && n == 0 {
					return err
				}
				return errors.Join(err, p.printSaid(asJSON, map[string]int{"ended": n}, fmt.Sprintf("sessions that ended: %d", n)))
			})
		},
	}
	whose.add(cmd)
	cmd.Flags().StringVar(&sessionID, "session", "", "`ID` of the only session to end")
	cmd.Flags().StringVar(&except, "except", "", "`ID` of the only session to leave")
	selects(cmd, "org", "client", "session", "except")
	cmd.MarkFlagsMutuallyExclusive("session", "except")
	reasonFlag(cmd, &reason, "lost_laptop")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	care.add(cmd)
	_ = cmd.MarkFlagRequired("reason")
	return cmd
}
