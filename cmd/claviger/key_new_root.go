package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/secret"
)

func (p *program) keyNewRootCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "new-root FILE",
		Short: "Make a root key file",
		Long: `Writes a new root key to FILE, readable by its owner only. An existing file is
never overwritten.

The root key opens everything else: without it the database cannot be read by
anybody, with it and the database everything can. Keep a copy in a safe place
that is not the database's backup. Replicas share one root key.

To put an installation under it, see: claviger key change-root.`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := free(args[0]); err != nil {
				return fmt.Errorf("root key: %w", err)
			}
			root := secret.NewRoot()
			if err := writeRootKey(args[0], root); err != nil {
				return err
			}
			_, err := fmt.Fprintf(p.stdout, "wrote the root key %s to %s; keep a copy of it in a safe place\n", root.ID(), args[0])
			return err
		},
	}
}
