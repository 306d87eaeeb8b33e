package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/keys"
)

func (p *program) keyRotateCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "rotate ALGORITHM",
		Short: "Announce the successor of a key that signs tokens",
		Long: `Publishes a new key for an algorithm (ES256, RS256, PS256 or EdDSA). It signs a
day later, when every application has seen it; what the old one signed is
accepted for two hours more. Keys do this by themselves every 90 days.

For a key that must not be trusted any more, see: claviger key remove.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := reasonOrNone(reason); err != nil {
				return err
			}
			return p.change(cmd.Context(), false, func(in *installation) error {
				if err := in.notAlone(cmd.Context(), sensitive{operation: "rotate-key", command: "key rotate", reason: reason, given: [][2]string{{"algorithm", args[0]}, {"reason", reason}}}); err != nil {
					return err
				}
				next, err := in.ring().RotateNow(cmd.Context(), args[0], reason, operator())
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.stdout, "announced key %s, which signs %s from %s\n", next.ID, next.Algorithm, when(next.ActiveFrom))
				return err
			})
		},
	}
	reasonFlag(cmd, &reason, "rotation_drill")
	return cmd
}

// ring is the token keys, to be changed and not to sign with.
func (in *installation) ring() *keys.Ring {
	return &keys.Ring{Store: in.store, Keys: in.keyring, Now: in.now, Log: in.log}
}
