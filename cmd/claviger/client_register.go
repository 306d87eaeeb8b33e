package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/pkg/outbound"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

func (p *program) clientRegisterCommand() *cobra.Command {
	var (
		said                  clientFlags
		id, secretOut, reason string
	)
	cmd := &cobra.Command{
		Use:   "register (--file FILE | --id ID --redirect-uri URI (--public | --secret-out FILE))",
		Short: "Register a relying application",
		Long: `Registers a relying application. One that is registered already is left as it is:
"claviger client change" changes what it is told, and nothing else.

A confidential application gets a secret, written to the new file named by
--secret-out and shown nowhere else; only its hash is kept. A public application
(--public) has no secret and always uses PKCE.

--file names a JSON document with the metadata of RFC 7591 and its companions,
which can say all that there is to say: keys, profile (baseline, fapi2, smart),
sender-constrained tokens, pushed and signed requests. No other flag but
--secret-out and --reason goes with it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, err := said.document(cmd.Flags(), true)
			if said.file != "" && err == nil {
				text, err = os.ReadFile(said.file)
			}
			if err != nil {
				return err
			}
			d, err := client.ParseDocument(text)
			if err != nil {
				return said.blame(err)
			}
			if said.file == "" {
				if d.ID = id; said.public == (secretOut != "") {
					return usageError{errors.New("say either --public or --secret-out FILE")}
				}
			}
			c := d.Client()
			if client.HasSecret(c) == (secretOut == "") {
				return usageError{fmt.Errorf("%s: --secret-out FILE is for clients that authenticate with a secret, and for them alone; this one: %s", said.file, c.AuthMethod)}
			}
			if err := reasonOrNone(reason); err != nil {
				return err
			}
			return said.blame(p.change(cmd.Context(), true, func(in *installation) error {
				return p.registerClient(cmd.Context(), in, c, secretOut, reason)
			}))
		},
	}
	cmd.Flags().StringVar(&said.file, "file", "", "JSON `document` with the metadata of RFC 7591")
	cmd.Flags().StringVar(&id, "id", "", "client `id`")
	said.add(cmd)
	cmd.Flags().StringVar(&secretOut, "secret-out", "", "new `file` for the secret")
	reasonFlag(cmd, &reason, "new_application")
	selects(cmd, "id")
	selects(cmd, clientNeeds...)
	selects(cmd, clientMayLack...)
	cmd.MarkFlagsMutuallyExclusive("file", "id")
	return cmd
}

func (p *program) registerClient(ctx context.Context, in *installation, c storage.Client, secretOut, reason string) error {
	taken := fmt.Errorf("there is an application %s already; to change what it is: claviger client change %s", c.ID, c.ID)
	if _, err := in.client(ctx, c.ID); err == nil {
		return taken
	} else if !errors.Is(err, storage.ErrNotFound) {
		return err
	}
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
	if err := in.notAlone(ctx, sensitive{operation: "register-client", command: "client register", reason: reason, given: [][2]string{
		{"registration", string(registration)}, {"secret-out", secretOut}, {"reason", reason},
	}}); err != nil {
		return err
	}
	file := newSecretFile{path: secretOut}
	if err := file.begin(&c); err != nil {
		return err
	}
	defer file.abandon()
	err = in.store.Tx(ctx, func(tx storage.Tx) error {
		_, err := oidc.RegisterClient(ctx, tx, c, reason, operator())
		return wrongUsage(err)
	})
	if errors.Is(err, storage.ErrConflict) {
		return taken
	}
	if err != nil {
		return err
	}
	if err := file.finish(c.ID, "registered"); err != nil {
		return err
	}
	if _, err = fmt.Fprintf(p.stdout, "registered application %s\n", c.ID); err != nil {
		return err
	}
	return p.warnBarred(ctx, out, c)
}

// wrongUsage makes what is wrong with a registration the caller's error.
func wrongUsage(err error) error {
	var wrong client.Wrong
	if errors.As(err, &wrong) {
		return usageError{wrong}
	}
	return err
}

// newSecretFile is the file into which the secret of an application is written: it gets
// its name when the application has the secret, and not before.
type newSecretFile struct{ path, pending string }

// begin makes a secret for an application, where a file is named for it.
func (f *newSecretFile) begin(c *storage.Client) (err error) {
	if f.path == "" {
		return nil
	}
	if err := free(f.path); err != nil {
		return err
	}
	token := secret.NewToken()
	c.Secrets = []storage.ClientSecret{{SHA256: secret.Hash(token)}}
	f.pending, err = writePending(f.path, token+"\n")
	return err
}

// finish gives the file its name.
func (f *newSecretFile) finish(id, done string) error {
	if f.pending == "" {
		return nil
	}
	if err := os.Link(f.pending, f.path); err != nil {
		return fmt.Errorf("the application is %s, but its secret could not be written; it gets another one with: claviger client rotate-secret %s (%w)", done, id, err)
	}
	return syncDir(filepath.Dir(f.path))
}

func (f *newSecretFile) abandon() {
	if f.pending != "" {
		_ = os.Remove(f.pending)
	}
}

// warnBarred says that an application cannot be told of the end of sessions as the
// configuration is. It is no refusal: the network can be allowed later.
func (p *program) warnBarred(ctx context.Context, out *outbound.Client, c storage.Client) error {
	if c.BackchannelLogoutURI == "" {
		return nil
	}
	why := out.BarredAt(ctx, c.BackchannelLogoutURI)
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
