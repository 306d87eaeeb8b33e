package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/oidc/backchannel"
	"github.com/claviger-id/claviger/pkg/session"
)

func (p *program) personWithdrawCommand() *cobra.Command {
	var clientID string
	cmd := &cobra.Command{
		Use:   "withdraw USER-ID --client ID",
		Short: "Withdraw what somebody agreed to share with an application",
		Long: `Forgets the consent of a person to an application that is not the organization's
own, and ends every grant of the person to it; the application is told to sign them
out. Should they use it again, they are asked again. Where there is neither consent nor
grant, nothing is done, and the command fails.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			return p.withSessions(ctx, func(in *installation, sessions *session.Service) error {
				who, _, err := in.accounts(nil).Find(ctx, args[0], operator())
				if err != nil {
					return err
				}
				clients := &oidc.Clients{Store: in.store, Log: in.log}
				if err := clients.Open(ctx); err != nil {
					return err
				}
				logouts := &backchannel.Logouts{Store: in.store, Clients: clients, Now: in.now, Log: in.log}
				consents := &oidc.Consents{
					Store: in.store, Marks: sessions.Ephemeral.Marks(), TombstoneFor: sessions.TombstoneFor, Sessions: sessions, Logouts: logouts, Now: in.now,
				}
				err = consents.WithdrawFor(ctx, who.ID, clientID, "", operator())
				switch {
				case errors.Is(err, oidc.ErrNoClient):
					return noClient{clientID}
				case errors.Is(err, oidc.ErrNothingShared):
					return fmt.Errorf("there is nothing to withdraw: %s may read nothing of %s", clientID, args[0])
				case err != nil:
					return err
				}
				_, err = fmt.Fprintf(p.stdout, "withdrawn for %s: %s\n", args[0], clientID)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&clientID, "client", "", "`ID` of the application")
	selects(cmd, "client")
	_ = cmd.MarkFlagRequired("client")
	return cmd
}
