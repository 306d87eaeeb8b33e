package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/factor"
	"github.com/claviger-id/claviger/pkg/session"
)

func (p *program) personFactorResetCommand() *cobra.Command {
	var (
		proof, reason string
		names         []string
	)
	for _, known := range credential.Proofs() {
		names = append(names, string(known))
	}
	cmd := &cobra.Command{
		Use:   "reset USER-ID --proof HOW --reason TEXT",
		Short: "Remove all second factors of somebody whose identity was proven",
		Long: `For somebody who has lost what they sign in with, and has no recovery code left.
Every passkey, authenticator app and recovery code is gone, and with them every
session and what was counted of guesses. The password stays; at the next sign-in
the person sets up another factor where one is asked for. They are told by mail,
where there is any. How the identity was proven is recorded:
` + strings.Join(names, ", ") + `.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			return p.withSessions(ctx, func(in *installation, sessions *session.Service) error {
				who, _, err := in.accounts(nil).Find(ctx, args[0], operator())
				if err != nil {
					return err
				}
				if err := in.notAlone(ctx, sensitive{operation: "reset-factors", personID: who.ID, command: "person factor reset", given: [][2]string{
					{"user-id", args[0]}, {"proof", proof}, {"reason", reason},
				}}); err != nil {
					return err
				}
				sessions.Store = in.store
				factors, err := in.factors(sessions.Ephemeral)
				if err != nil {
					return err
				}
				n, err := factors.ResetByOperator(ctx, factor.LostFactor{
					PersonID: who.ID, Proof: credential.Proof(proof), Note: reason, By: operator(),
				})
				if err != nil {
					return err
				}
				if err := sessions.EndByPerson(context.WithoutCancel(ctx), who.ID, session.ReasonFactorReset); err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.stdout, "removed %s\n", plural(n, "second factor", "second factors"))
				return err
			})
		},
	}
	cmd.Flags().StringVar(&proof, "proof", "", "`how` the identity was proven")
	cmd.Flags().StringVar(&reason, "reason", "", "what was lost, and what was seen or whom was talked to; no health information")
	_ = cmd.MarkFlagRequired("proof")
	_ = cmd.MarkFlagRequired("reason")
	return cmd
}
