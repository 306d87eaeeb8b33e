package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// maxInitialLife is the longest that an initial access token lives.
const maxInitialLife = 365 * 24 * time.Hour

func (p *program) initialTokenIssueCommand() *cobra.Command {
	var (
		t    = storage.InitialToken{}
		life time.Duration
		out  string
	)
	cmd := &cobra.Command{
		Use:   "issue --token-out FILE",
		Short: "Issue a token with which applications register themselves",
		Long: `Issues an initial access token (RFC 7591), written to the file named by
--token-out and shown nowhere else; only its hash is kept. Applications that are
registered with it may ask for the scopes named here, of those that the
configuration allows, and for nothing else.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			switch {
			case out == "":
				return usageError{errors.New("say --token-out FILE")}
			case t.MaxUses < 1 || t.MaxUses > 1_000_000:
				return usageError{errors.New("--uses is between 1 and 1000000")}
			case life < time.Minute || life > maxInitialLife:
				return usageError{fmt.Errorf("--life is between 1m and %v", maxInitialLife)}
			case len(t.Note) > 200:
				return usageError{errors.New("--note is at most 200 bytes long")}
			}
			if err := free(out); err != nil {
				return err
			}
			return p.change(ctx, true, func(in *installation) error { return p.issueInitialToken(ctx, in, t, life, out) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&out, "token-out", "", "new `file` for the token")
	f.Int64Var(&t.MaxUses, "uses", 1, "`number` of applications that it registers")
	f.DurationVar(&life, "life", 24*time.Hour, "`time` that it works")
	f.StringSliceVar(&t.Scopes, "scope", nil, "the most `scopes` that they may ask for; without it all that the configuration allows")
	selects(cmd, "scope")
	f.StringVar(&t.Note, "note", "", "whom it is for, in your `words`")
	return cmd
}

// registrationPolicy is what applications may register themselves as.
func (in *installation) registrationPolicy() client.Policy {
	r := in.config.Registration
	return client.Policy{Scopes: r.Scopes, GrantTypes: r.GrantTypes, Profiles: r.Profiles, AuthMethods: r.AuthMethods, Hosts: r.RedirectHosts}
}

func (p *program) issueInitialToken(ctx context.Context, in *installation, t storage.InitialToken, life time.Duration, out string) error {
	for _, s := range t.Scopes {
		if !slices.Contains(in.config.Registration.Scopes, s) {
			return usageError{fmt.Errorf("registration.scopes of the configuration does not have %q", s)}
		}
	}
	// What may register applications is as much as registering them.
	if err := in.notAlone(ctx, sensitive{operation: "register-client", command: "client initial-token issue", given: [][2]string{
		{"uses", strconv.FormatInt(t.MaxUses, 10)}, {"life", life.String()}, {"scopes", strings.Join(t.Scopes, ",")}, {"note", t.Note},
	}}); err != nil {
		return err
	}
	token := secret.NewToken()
	pending, err := writePending(out, token+"\n")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(pending) }()
	t.ID, t.SHA256 = secret.NewID(), secret.Hash(token)
	if err := in.store.Tx(ctx, func(tx storage.Tx) error {
		t.CreatedAt, t.ExpiresAt = tx.Now(), tx.Now().Add(life)
		if err := tx.InitialTokens().Insert(ctx, t); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.InitialTokenIssued, Outcome: audit.OutcomeAllow, Actor: operator(),
			Detail: map[string]string{
				"initial_token": t.ID, "uses": strconv.FormatInt(t.MaxUses, 10), "expires_at": t.ExpiresAt.Format(time.RFC3339),
				"scopes": strings.Join(t.Scopes, " "),
			},
		})
	}); err != nil {
		return err
	}
	if err := os.Link(pending, out); err != nil {
		return fmt.Errorf("the token %s was issued, but could not be written; revoke it: %w", t.ID, err)
	}
	if err := syncDir(filepath.Dir(out)); err != nil {
		return err
	}
	if !in.config.Registration.Enabled {
		if _, err := fmt.Fprintln(p.stderr, "warning: nobody can use it: registration.enabled is false; say true, and start the server again"); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(p.stdout, "issued initial token %s, until %s\n", t.ID, t.ExpiresAt.Format(time.RFC3339))
	return err
}
