package main

import (
	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/storage"
)

func (p *program) passwordReissueCommand() *cobra.Command {
	var r reveal
	cmd := &cobra.Command{
		Use:   "reissue USER-ID (--letters DIR | --show | --deliver mail|webhook)",
		Short: "Draw a temporary password for who has not chosen a personal one yet",
		Long: `Puts a new temporary password in the place of one that expired or got lost, which
is then worth nothing. Guesses that were counted at the account stay counted. Who
has had none yet, after an application was approved, gets the first one, and the
User ID apart from it. For somebody who has chosen a personal password, see:
claviger person reset.

Where it may be seen is decided by password.reveal in the configuration.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			return p.change(ctx, false, func(in *installation) error {
				if err := r.allowed(in.config.Password); err != nil {
					return err
				}
				who, _, err := in.accounts(nil).Find(ctx, args[0], operator())
				if err != nil {
					return err
				}
				if err := in.notAlone(ctx, sensitive{operation: "issue-temporary-password", outside: true, personID: who.ID, command: "password reissue", given: [][2]string{
					{"user-id", args[0]}, {"goes", r.where()},
				}}); err != nil {
					return err
				}
				credentials := in.credentials(nil, nil)
				return p.issue(ctx, in, r, who.ID, func(tx storage.Tx) (string, error) {
					return credentials.IssueTemporary(ctx, tx, who.ID, credentials.Validity.Letter, operator())
				})
			})
		},
	}
	r.flags(cmd)
	return cmd
}
