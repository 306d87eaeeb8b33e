package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/oidc/backchannel"
)

func (p *program) logoutRedeliverCommand() *cobra.Command {
	var clientID string
	cmd := &cobra.Command{
		Use:   "redeliver (ID | --client ID)",
		Short: "Tell an application again of the end of a session",
		Long: `Tells an application once more of the end of a session, with a line of the ledger by
its ID, whatever became of it; or of all that it refused or did not answer to, with
--client. A running server does it, for up to another day.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if (len(args) == 1) == cmd.Flags().Changed("client") || len(args) == 0 && clientID == "" {
				return usageError{errors.New("say what: the ID of a line, or --client")}
			}
			return p.change(ctx, false, func(in *installation) error {
				logouts := &backchannel.Logouts{Store: in.store, Now: in.now, Log: in.log}
				n := 1
				if len(args) == 1 {
					if _, err := logouts.Redeliver(ctx, "", args[0], operator()); err != nil {
						return err
					}
				} else {
					if err := known(ctx, in, clientID); err != nil {
						return err
					}
					var err error
					if n, err = logouts.RedeliverUnheard(ctx, clientID, operator()); err != nil {
						return err
					}
				}
				_, err := fmt.Fprintf(p.stdout, "to be told again: %d\n", n)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&clientID, "client", "", "all that the application with this `ID` refused or did not answer to")
	selects(cmd, "client")
	return cmd
}
