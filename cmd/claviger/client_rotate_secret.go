package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// maxOverlap is the longest that an old secret is accepted beside a new one.
const maxOverlap = 90 * 24 * time.Hour

func (p *program) clientRotateSecretCommand() *cobra.Command {
	var (
		out     string
		overlap time.Duration
	)
	cmd := &cobra.Command{
		Use:   "rotate-secret ID --secret-out FILE",
		Short: "Give an application a new secret",
		Long: `Gives an application a new secret, written to the file named by --secret-out and
shown nowhere else. The one before is accepted for as long as --overlap says; with
0s no longer.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if out == "" {
				return usageError{errors.New("say --secret-out FILE")}
			}
			if overlap < 0 || overlap > maxOverlap {
				return usageError{fmt.Errorf("--overlap is between 0s and %v", maxOverlap)}
			}
			if _, err := os.Lstat(out); !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("%s exists already, or cannot be looked at", out)
			}
			in, err := p.open(ctx, false)
			if err != nil {
				return err
			}
			defer func() { _ = in.close() }()
			token := secret.NewToken()
			pending, err := writePending(out, token+"\n")
			if err != nil {
				return err
			}
			defer func() { _ = os.Remove(pending) }()
			if err := in.store.Tx(ctx, func(tx storage.Tx) error {
				c, err := tx.Clients().Get(ctx, args[0])
				if errors.Is(err, storage.ErrNotFound) {
					return fmt.Errorf("there is no application %s", args[0])
				}
				if err != nil {
					return err
				}
				if !client.HasSecret(c) {
					return fmt.Errorf("the application %s has no secret", c.ID)
				}
				next := []storage.ClientSecret{{SHA256: secret.Hash(token)}}
				if n := len(c.Secrets); n > 0 && overlap > 0 {
					old, until := c.Secrets[n-1], tx.Now().Add(overlap)
					if old.ExpiresAt.IsZero() || old.ExpiresAt.After(until) {
						old.ExpiresAt = until
					}
					next = []storage.ClientSecret{old, next[0]}
				}
				c.Secrets, c.UpdatedAt = next, tx.Now()
				if err := tx.Clients().Update(ctx, c); err != nil {
					return err
				}
				return audit.Record(ctx, tx, audit.Event{
					Kind: audit.ClientUpdated, Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "operator", ID: "command-line"}, ClientID: c.ID,
					Detail: map[string]string{"secret": "rotated"},
				})
			}); err != nil {
				return err
			}
			if err := os.Link(pending, out); err != nil {
				return fmt.Errorf("the secret was replaced, but could not be written; run the command again with another file: %w", err)
			}
			if err := syncDir(filepath.Dir(out)); err != nil {
				return err
			}
			_, err = fmt.Fprintf(p.stdout, "replaced the secret of application %s\n", args[0])
			return err
		},
	}
	cmd.Flags().StringVar(&out, "secret-out", "", "new `file` for the secret")
	cmd.Flags().DurationVar(&overlap, "overlap", 24*time.Hour, "`time` that the old one is accepted")
	return cmd
}
