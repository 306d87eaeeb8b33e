package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/keys"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlite"
)

func (p *program) keyChangeRootCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "change-root --new FILE",
		Short: "Put the installation under another root key",
		Long: `Puts the installation under the root key of FILE (made by: claviger key new-root).
Nobody is signed out, and nothing else changes.

With the embedded stores the server has to be stopped, and there has to be room
for the files once more: they are encrypted anew, beside the old ones, and then
take their place. Whenever the command is interrupted, exactly one of the two keys
opens the installation; a start with the other one says which.

With PostgreSQL the servers go on. Each needs the new key before it starts again.

The configuration and FILE stay as they are: put the new key where the old one is
before the next start. Keep the old one as long as there are backups from before;
nothing else opens them. A backup that somebody has copied together with the old
key stays open to them.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.changeRoot(cmd.Context(), file) },
	}
	cmd.Flags().StringVar(&file, "new", "", "`file` of the new root key")
	_ = cmd.MarkFlagRequired("new")
	return cmd
}

func (p *program) changeRoot(ctx context.Context, file string) error {
	text, err := readSecretFile(file)
	if err != nil {
		return err
	}
	next, err := secret.ParseRoot(text)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	in, err := p.openAs(ctx, false, true)
	if err != nil {
		return err
	}
	if next.ID() == in.root.ID() {
		return errors.Join(fmt.Errorf("%s is the root key that the installation is under already", file), in.close())
	}
	if !in.embedded() {
		if err := errors.Join(in.rewrap(ctx, in.store, next), in.close()); err != nil {
			return err
		}
		return p.toldOfRoot(in, next, file, "Servers that run go on. Give each machine the new root key before a server or a command starts there again")
	}
	if err := in.close(); err != nil {
		return err
	}
	if err := p.rekey(ctx, in, next); err != nil {
		return err
	}
	return p.toldOfRoot(in, next, file, "Put it in the place of the former one before the server starts again")
}

func (p *program) toldOfRoot(in *installation, next secret.Root, file, then string) error {
	_, err := fmt.Fprintf(p.stdout, "the root key is %s now, and was %s\n%s: %s becomes %s.\nKeep the former one for backups from before.\n",
		next.ID(), in.root.ID(), then, file, in.rootKeyPath())
	return err
}

// rekey changes the embedded files. Copies of both are ready before one takes its
// place, and the first to do so, the durable file, decides: the other one follows
// it, now or at the next start.
func (p *program) rekey(ctx context.Context, in *installation, next secret.Root) (err error) {
	durable, err := p.rekeyFile(ctx, in, durableFile, next)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, durable.Close()) }()
	var ephemeral *sqlite.Rekeying
	if _, err := os.Stat(filepath.Join(in.config.Data.Directory, ephemeralFile)); !errors.Is(err, fs.ErrNotExist) {
		if ephemeral, err = p.rekeyFile(ctx, in, ephemeralFile, next); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, ephemeral.Close()) }()
	}
	if err := in.rewrapCopy(ctx, durable.Path(), next); err != nil {
		return err
	}
	if err := in.writeRootChange(rootChange{From: in.root.ID(), To: next.ID()}); err != nil {
		return err
	}
	if err := durable.Commit(); err != nil {
		return err
	}
	if ephemeral == nil {
		return nil
	}
	return ephemeral.Commit()
}

func (p *program) rekeyFile(ctx context.Context, in *installation, name string, next secret.Root) (*sqlite.Rekeying, error) {
	path := filepath.Join(in.config.Data.Directory, name)
	bar := newProgress(p.stderr, p.now)
	r, err := sqlite.Rekey(ctx, sqlite.FileOptions{Path: path, Key: in.root.FileKey(name)}, next.FileKey(name),
		func(done, all int) { bar.show(float64(done)/float64(max(all, 1)), int64(done), "pages of "+name) })
	bar.done()
	if err != nil {
		return nil, explainOpen(path, err)
	}
	return r, nil
}

// rewrapCopy is rewrap for a copy of the durable file that has the new key already.
func (in *installation) rewrapCopy(ctx context.Context, path string, next secret.Root) (err error) {
	s, err := sqlite.Open(ctx, sqlite.Options{Path: path, Key: next.FileKey(durableFile), Now: in.now, Log: in.log})
	if err != nil {
		return explainOpen(path, err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return in.rewrap(ctx, s, next)
}

// rewrap wraps the keyrings of a store under another root.
func (in *installation) rewrap(ctx context.Context, store storage.Store, next secret.Root) error {
	err := store.Tx(ctx, func(tx storage.Tx) error {
		// The main one first: who begins a key for verifiers writes it, too, so that
		// none is left behind.
		if err := in.rewrapKeyring(ctx, tx, secret.MainKeyring, next); err != nil {
			return err
		}
		for number := int64(2); ; number++ {
			err := in.rewrapKeyring(ctx, tx, credential.VerifierKeyring(number), next)
			if errors.Is(err, storage.ErrNotFound) {
				break
			}
			if err != nil {
				return err
			}
		}
		id := []byte(next.ID())
		old, err := tx.Settings().PutOnce(ctx, rootKeySetting, id)
		if err != nil {
			return err
		}
		if err := tx.Settings().Swap(ctx, rootKeySetting, old, id); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.RootChanged, Outcome: audit.OutcomeAllow, Actor: operator(),
			Detail: map[string]string{"from": in.root.ID(), "to": next.ID()},
		})
	})
	if errors.Is(err, storage.ErrStale) {
		return errors.New("somebody else has changed the root key in the meantime")
	}
	if err != nil {
		return err
	}
	key, err := keys.OpenAuditKey(ctx, store, in.keyring)
	if err != nil {
		return err
	}
	sequencer := &audit.Sequencer{Store: store, Signer: key.Signer, Log: in.log}
	return sequencer.Finish(context.WithoutCancel(ctx))
}

func (in *installation) rewrapKeyring(ctx context.Context, tx storage.Tx, name string, next secret.Root) error {
	wrapped, err := tx.Settings().Get(ctx, name)
	if err != nil {
		return err
	}
	k, err := in.root.Unwrap(name, wrapped)
	if err != nil {
		return explainOpen("the database", storage.ErrWrongKey)
	}
	again, err := next.Wrap(name, k)
	if err != nil {
		return err
	}
	return tx.Settings().Swap(ctx, name, wrapped, again)
}
