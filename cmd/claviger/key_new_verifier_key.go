package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/worker"
	"github.com/claviger-id/claviger/storage"
)

func (p *program) keyNewVerifierKeyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "new-verifier-key",
		Short: "Begin another key that seals password hashes",
		Long: `Makes another random key, under which password hashes are encrypted from now on.
Those that are stored keep theirs until their owner signs in, and are then sealed
anew; claviger password report counts what is left. No key is removed.

After a leak, change the root key first (claviger key change-root): the new key is
wrapped under the root key of this moment. Servers that run learn of it within a
minute; those that were started under a former root key have to be started again
before.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.change(cmd.Context(), false, func(in *installation) error {
				var number int64
				if err := in.store.Tx(cmd.Context(), func(tx storage.Tx) (err error) {
					number, err = in.verifiers.Begin(cmd.Context(), tx, operator())
					return err
				}); err != nil {
					return err
				}
				_, err := fmt.Fprintf(p.stdout, "key %d seals password hashes from now on\n", number)
				return err
			})
		},
	}
}

// verifierKeysInterval is how often a server looks for another key of password
// hashes.
const verifierKeysInterval = time.Minute

// learnVerifierKeys has a running server go over to a new key.
func (in *installation) learnVerifierKeys(ctx context.Context) error {
	newest := in.verifiers.Newest()
	return worker.Every(ctx, verifierKeysInterval, in.log, "looking for keys of password hashes", func(ctx context.Context) error {
		err := in.verifiers.Load(ctx)
		if now := in.verifiers.Newest(); now != newest {
			newest = now
			in.log.LogAttrs(ctx, slog.LevelInfo, "another key seals password hashes", slog.Int64("key", now))
		}
		return err
	})
}
