package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/pkg/outbound"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

func (p *program) clientRegisterCommand() *cobra.Command {
	var (
		c         storage.Client
		public    bool
		secretOut string
		file      string

		sessionIdle, sessionAbsolute time.Duration
	)
	cmd := &cobra.Command{
		Use:   "register (--file FILE | --id ID --redirect-uri URI (--public | --secret-out FILE))",
		Short: "Register a relying application, or change one",
		Long: `Registers a relying application. With an ID that exists already, the
application is changed to what the command says.

A confidential application gets a new secret, written to the file named by
--secret-out and shown nowhere else; only its hash is kept. An application that
exists keeps its secret unless --secret-out names a file that does not exist.
A public application (--public) has no secret and always uses PKCE.

--file names a JSON document with the metadata of RFC 7591 and its companions,
which can say all that there is to say: keys, profile (baseline, fapi2, smart),
sender-constrained tokens, pushed and signed requests. No other flag but
--secret-out goes with it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if file != "" {
				text, err := os.ReadFile(file) //nolint:gosec // the operator named it
				if err != nil {
					return err
				}
				d, err := client.ParseDocument(text)
				if err != nil {
					return fmt.Errorf("%s: %w", file, err)
				}
				if c = d.Client(); client.HasSecret(c) == (secretOut == "") {
					return usageError{fmt.Errorf("%s: --secret-out FILE is for clients that authenticate with a secret, and for them alone; this one: %s", file, c.AuthMethod)}
				}
				err = p.registerClient(cmd.Context(), c, secretOut)
				var refused usageError
				if errors.As(err, &refused) { // the file is wrong, not the command line
					return fmt.Errorf("%s: %w", file, refused.error)
				}
				return err
			}
			if sessionIdle%time.Second != 0 || sessionAbsolute%time.Second != 0 {
				return usageError{errors.New("--session-idle and --session-absolute are whole seconds")}
			}
			c.SessionIdle, c.SessionAbsolute = int64(sessionIdle/time.Second), int64(sessionAbsolute/time.Second)
			if public == (secretOut != "") {
				return usageError{errors.New("say either --public or --secret-out FILE")}
			}
			if public {
				c.AuthMethod = "none"
			}
			if c.Name == "" {
				c.Name = c.ID
			}
			return p.registerClient(cmd.Context(), c, secretOut)
		},
	}
	f := cmd.Flags()
	f.StringVar(&file, "file", "", "JSON `document` with the metadata of RFC 7591")
	f.StringVar(&c.ID, "id", "", "client `id`")
	f.StringVar(&c.Name, "name", "", "`name` that people read on the pages")
	f.StringArrayVar(&c.RedirectURIs, "redirect-uri", nil, "redirect `URI`, compared exactly; may be repeated")
	f.StringArrayVar(&c.PostLogoutRedirectURIs, "post-logout-redirect-uri", nil, "`URI` to go to after sign-out; may be repeated")
	f.StringVar(&c.BackchannelLogoutURI, "backchannel-logout-uri", "", "`URI` that is told of the end of sessions")
	f.StringSliceVar(&c.Scopes, "scope", []string{"openid", "profile", "email", "provider"}, "`scopes` it may ask for")
	f.StringSliceVar(&c.GrantTypes, "grant-type", []string{"authorization_code", "refresh_token"}, "grant `types`")
	f.StringArrayVar(&c.Audiences, "audience", nil, "`audience` of its access tokens; the first is the default; may be repeated")
	f.StringVar(&c.AuthMethod, "auth-method", "client_secret_basic", "how it authenticates: client_secret_basic or client_secret_post")
	f.StringVar(&c.IDTokenAlg, "id-token-alg", "ES256", "`algorithm` of ID tokens: ES256, RS256, PS256 or EdDSA")
	f.StringVar(&c.AccessTokenAlg, "access-token-alg", "ES256", "`algorithm` of access tokens: ES256, RS256, PS256 or EdDSA")
	f.BoolVar(&c.Acting, "acting", false, "people may act in it for others who let them")
	f.BoolVar(&c.PKCEOptional, "insecure-no-pkce", false, "do not insist on PKCE (confidential applications only)")
	f.DurationVar(&sessionIdle, "session-idle", 0, "the `time` without activity after which sessions with it end, if that is stricter")
	f.DurationVar(&sessionAbsolute, "session-absolute", 0, "the longest `time` that sessions with it live, if that is stricter")
	f.BoolVar(&public, "public", false, "the application cannot keep a secret")
	f.StringVar(&secretOut, "secret-out", "", "new `file` for the secret")
	cmd.MarkFlagsMutuallyExclusive("file", "id")
	cmd.MarkFlagsMutuallyExclusive("file", "public")
	return cmd
}

func (p *program) registerClient(ctx context.Context, c storage.Client, secretOut string) error {
	in, err := p.open(ctx, true)
	if err != nil {
		return err
	}
	defer func() { _ = in.close() }()

	out, err := in.outbound()
	if err != nil {
		return err
	}
	if err := oidc.CheckSector(ctx, out, c); err != nil {
		return err
	}
	registration, err := json.Marshal(client.Describe(c))
	if err != nil {
		return err
	}
	if err := in.notAlone(ctx, sensitive{operation: "register-client", command: "client register", given: [][2]string{
		{"registration", string(registration)}, {"secret-out", secretOut},
	}}); err != nil {
		return err
	}
	var token, pending string
	if secretOut != "" {
		_, err := os.Stat(secretOut)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			token = secret.NewToken()
			c.Secrets = []storage.ClientSecret{{SHA256: secret.Hash(token)}}
			if pending, err = writePending(secretOut, token+"\n"); err != nil {
				return err
			}
			defer func() { _ = os.Remove(pending) }()
		case err != nil:
			return err
		}
	}
	var created bool
	err = in.store.Tx(ctx, func(tx storage.Tx) error {
		old, err := tx.Clients().Get(ctx, c.ID)
		switch {
		case err == nil:
			if token == "" && client.HasSecret(c) {
				c.Secrets = old.Secrets
			}
			_, err = oidc.ChangeClient(ctx, tx, old, c, operator())
		case errors.Is(err, storage.ErrNotFound):
			created = true
			if token == "" && secretOut != "" {
				return fmt.Errorf("%s exists already; a new application needs a new file for its secret", secretOut)
			}
			_, err = oidc.RegisterClient(ctx, tx, c, operator())
		}
		var wrong client.Wrong
		if errors.As(err, &wrong) {
			return usageError{wrong}
		}
		return err
	})
	if err != nil {
		return err
	}
	if pending != "" {
		if err := os.Link(pending, secretOut); err != nil {
			return fmt.Errorf("the application is registered, but its secret could not be written; run the command again with another file: %w", err)
		}
		if err := syncDir(filepath.Dir(secretOut)); err != nil {
			return err
		}
	}
	verb := "changed"
	if created {
		verb = "registered"
	}
	if _, err = fmt.Fprintf(p.stdout, "%s application %s\n", verb, c.ID); err != nil {
		return err
	}
	return p.warnBarred(ctx, out, c)
}

// warnBarred says that an application cannot be told of the end of sessions as the
// configuration is. It is no refusal: the network can be allowed later.
func (p *program) warnBarred(ctx context.Context, out *outbound.Client, c storage.Client) error {
	if c.BackchannelLogoutURI == "" {
		return nil
	}
	why := out.Barred(ctx, c.BackchannelLogoutURI)
	if why == "" {
		return nil
	}
	_, err := fmt.Fprintf(p.stderr, "warning: %s cannot be told of the end of sessions: %s\n", c.ID, why)
	return err
}

// writePending writes text to a new file beside path, readable by its owner
// only, and returns the file's name. The caller gives it its name once what
// the text belongs to is committed.
func writePending(path, text string) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".pending-*")
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}
