package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

func (p *program) clientRotateSecretCommand() *cobra.Command {
	var (
		out, reason string
		overlap     time.Duration
	)
	cmd := &cobra.Command{
		Use:   "rotate-secret ID --secret-out FILE",
		Short: "Give an application a new secret",
		Long: `Gives an application a new secret, written to the file named by --secret-out and
shown nowhere else. The one before is accepted for as long as --overlap says; with
0s no longer. Running replicas follow within five seconds. The first secret of an
application that has none is made with: claviger client change --secret-out.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := reasonOrNone(reason); err != nil {
				return err
			}
			if out == "" {
				return usageError{errors.New("say --secret-out FILE")}
			}
			if overlap < 0 || overlap > oidc.MaxOverlap {
				return usageError{fmt.Errorf("--overlap is between 0s and %d days", oidc.MaxOverlap/(24*time.Hour))}
			}
			if err := free(out); err != nil {
				return err
			}
			return p.change(cmd.Context(), false, func(in *installation) error {
				return p.rotateClientSecret(cmd.Context(), in, args[0], out, reason, overlap)
			})
		},
	}
	cmd.Flags().StringVar(&out, "secret-out", "", "new `file` for the secret")
	cmd.Flags().DurationVar(&overlap, "overlap", 24*time.Hour, "`time` that the old one is accepted")
	reasonFlag(cmd, &reason, "secret_exposed")
	selects(cmd, "secret-out")
	return cmd
}

func (p *program) rotateClientSecret(ctx context.Context, in *installation, id, out, reason string, overlap time.Duration) error {
	if err := in.notAlone(ctx, sensitive{operation: "rotate-client-secret", command: "client rotate-secret", reason: reason, given: [][2]string{
		{"client", id}, {"overlap", overlap.String()}, {"reason", reason},
	}}); err != nil {
		return err
	}
	token := secret.NewToken()
	pending, err := writePending(out, token+"\n")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(pending) }()
	var c storage.Client
	if err := in.store.Tx(ctx, func(tx storage.Tx) (err error) {
		if c, err = clientIn(ctx, tx, id); err != nil {
			return err
		}
		if !client.HasSecret(c) {
			return problem.New(problem.Conflict,
				"The application "+id+" has no secret, and does not authenticate with one. To give it one: claviger client change "+id+" --auth-method client_secret_basic --secret-out FILE")
		}
		c, err = oidc.RotateClientSecret(ctx, tx, c, secret.Hash(token), overlap, reason, operator())
		return err
	}); err != nil {
		return err
	}
	if err := os.Link(pending, out); err != nil {
		return fmt.Errorf("the secret was replaced, but could not be written; run the command again with another file: %w", err)
	}
	if err := syncDir(filepath.Dir(out)); err != nil {
		return err
	}
	before := "the one before is accepted no more"
	if len(c.Secrets) > 1 {
		before = "the one before is accepted until " + when(c.Secrets[0].ExpiresAt)
	}
	_, err = fmt.Fprintf(p.stdout, "replaced the secret of application %s; %s\nservers that run follow within five seconds\n", id, before)
	return err
}
