package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (p *program) keyRemoveCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "remove KEY --reason CODE",
		Short: "Take a key away at once, because it must not be trusted any more",
		Long: `Takes a key out of use in an emergency: it signs no more, it is not published any
more, and nothing that it signed is accepted here. Where it was the one that
signs, a new one does from this moment; where it was announced to sign later, the one
that signs goes on. Running replicas follow within five seconds.

Applications believe what they have cached, for five minutes at most if they
keep to what the key set says. People have to sign in to applications again whose
tokens it signed.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := reasonOrNone(reason); err != nil {
				return err
			}
			return p.change(cmd.Context(), false, func(in *installation) error {
				if err := in.notAlone(cmd.Context(), sensitive{operation: "remove-key", command: "key remove", reason: reason, given: [][2]string{{"key", args[0]}, {"reason", reason}}}); err != nil {
					return err
				}
				next, err := in.ring().Remove(cmd.Context(), args[0], reason, operator())
				if err != nil {
					return err
				}
				if next.ID == "" {
					_, err = fmt.Fprintf(p.stdout, "removed key %s\n", args[0])
					return err
				}
				_, err = fmt.Fprintf(p.stdout, "removed key %s; key %s signs %s now\n", args[0], next.ID, next.Algorithm)
				return err
			})
		},
	}
	reasonFlag(cmd, &reason, "key_exposed")
	_ = cmd.MarkFlagRequired("reason")
	return cmd
}
