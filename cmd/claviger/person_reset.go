package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

func (p *program) personResetCommand() *cobra.Command {
	var (
		r           reveal
		proof, note string
		names       []string
	)
	for _, known := range credential.Proofs() {
		names = append(names, string(known))
	}
	cmd := &cobra.Command{
		Use:   "reset USER-ID --proof HOW --note TEXT (--letters DIR | --show | --deliver mail|webhook)",
		Short: "Give somebody whose identity was proven a new temporary password",
		Long: `For somebody who cannot sign in any more. Whatever password there was is gone, and
with it every session and grant, the browsers in which the person was known, and
what was counted of guesses. How the identity was proven is recorded:
` + strings.Join(names, ", ") + `.

Where the temporary password may be seen is decided by password.reveal in the
configuration.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			return p.withSessions(ctx, func(in *installation, sessions *session.Service) error {
				if err := r.allowed(in.config.Password); err != nil {
					return err
				}
				who, _, err := in.accounts(nil).Find(ctx, args[0], operator())
				if err != nil {
					return err
				}
				if err := in.notAlone(ctx, sensitive{operation: "reset-password", outside: true, personID: who.ID, command: "person reset", given: [][2]string{
					{"user-id", args[0]}, {"proof", proof}, {"note", note}, {"goes", r.where()},
				}}); err != nil {
					return err
				}
				sessions.Store = in.store
				credentials := in.credentials(sessions.Ephemeral.Attempts(), nil)
				if err := p.issue(ctx, in, r, who.ID, func(tx storage.Tx) (string, error) {
					return credentials.ResetByOperator(ctx, tx, credential.Reset{
						PersonID: who.ID, Proof: credential.Proof(proof), Note: note, ValidFor: credentials.Validity.Letter, By: operator(),
					})
				}); err != nil {
					return err
				}
				if err := credentials.Rebound(ctx, who.ID); err != nil {
					return err
				}
				return sessions.EndByPerson(context.WithoutCancel(ctx), who.ID, session.ReasonPasswordReset)
			})
		},
	}
	cmd.Flags().StringVar(&proof, "proof", "", "`how` the identity was proven")
	cmd.Flags().StringVar(&note, "note", "", "what was seen, or whom was talked to; no health information")
	_ = cmd.MarkFlagRequired("proof")
	_ = cmd.MarkFlagRequired("note")
	r.flags(cmd)
	return cmd
}
