package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/pkg/admin"
	operators "github.com/claviger-id/claviger/pkg/operator"
	"github.com/claviger-id/claviger/storage"
)

func (p *program) clientRemoveCommand() *cobra.Command {
	var (
		reason string
		yes    bool
	)
	cmd := &cobra.Command{
		Use:   "remove ID --reason CODE",
		Short: "Remove a relying application and all that it was granted",
		Long: `Removes a relying application. Its grants end with it. Running replicas follow
within five seconds; access tokens that it has work until they expire. Before the last
operator goes with it the command asks, unless --yes is said; where there is no terminal
to ask on, --yes is needed.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if err := reasonOrNone(reason); err != nil {
				return err
			}
			return p.change(ctx, false, func(in *installation) error { return p.removeClient(ctx, in, args[0], reason, yes) })
		},
	}
	reasonFlag(cmd, &reason, "replaced")
	_ = cmd.MarkFlagRequired("reason")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask before the last operator goes")
	return cmd
}

func (p *program) removeClient(ctx context.Context, in *installation, id, reason string, yes bool) error {
	if !yes {
		if err := p.askedForLast(ctx, in, operators.Holder{Kind: storage.OperatorClient, ID: id}, string(admin.RoleOperator)); err != nil {
			return err
		}
	}
	if err := in.notAlone(ctx, sensitive{operation: "remove-client", command: "client remove", reason: reason, given: [][2]string{{"client", id}, {"reason", reason}}}); err != nil {
		return err
	}
	if err := in.store.Tx(ctx, func(tx storage.Tx) error {
		c, err := clientIn(ctx, tx, id)
		if err != nil {
			return err
		}
		return oidc.RemoveClient(ctx, tx, c, operator(), reason)
	}); err != nil {
		return err
	}
	_, err := fmt.Fprintf(p.stdout, "removed application %s\n", id)
	return err
}
