package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/storage"
)

func (p *program) initialTokenRevokeCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "revoke ID",
		Short: "Take back a token with which applications register themselves",
		Long:  `Takes back an initial access token. Applications that were registered with it stay.`,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			return p.change(ctx, false, func(in *installation) error {
				if err := in.store.Tx(ctx, func(tx storage.Tx) error {
					did, err := tx.InitialTokens().Revoke(ctx, args[0], tx.Now())
					if err != nil {
						return err
					}
					if !did {
						return fmt.Errorf("there is no initial token %s that could be revoked", args[0])
					}
					return audit.Record(ctx, tx, audit.Event{
						Kind: audit.InitialTokenRevoked, Outcome: audit.OutcomeAllow, Actor: operator(),
						Detail: map[string]string{"initial_token": args[0]},
					})
				}); err != nil {
					return err
				}
				_, err := fmt.Fprintf(p.stdout, "revoked initial token %s\n", args[0])
				return err
			})
		},
	}
}
