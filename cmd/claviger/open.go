package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/config"
	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/postgres"
	"github.com/claviger-id/claviger/storage/sqlite"
)

// The files of a data directory.
const (
	durableFile   = "claviger.db"
	ephemeralFile = "ephemeral.db"
	rootKeyFile   = "root.key"
	socketFile    = "claviger.sock" // where a server shares the other two
)

// rootKeySetting is where the durable store keeps the ID of the root key that its
// keyrings are wrapped under. Older installations have none until it changes.
const rootKeySetting = "root_key"

// installation is an opened data directory or database: the part of the
// composition that the server and the other commands share.
type installation struct {
	config  config.Config
	log     *slog.Logger
	now     func() time.Time
	root    secret.Root
	store   storage.Store
	keyring *secret.Keyring
	// alone says that no files of another process will do: a server's own.
	alone bool
	// files are the embedded stores, by their names.
	files map[string]*sqlite.File
	// verifiers seal password hashes.
	verifiers *credential.VerifierKeys
	// examine looks for what is wrong with the installation, as doctor does.
	examine func(ctx context.Context) ([]finding, error)
	// unmigrated opens a schema that is behind, for looking at it.
	unmigrated bool
}

// open opens the installation that the configuration names. With create it
// makes what is missing: the directory, the root key, the schema, the keyring.
// Without it, a missing installation is an error and nothing is written. Where a
// server has the data directory, the stores are the server's.
func (p *program) open(ctx context.Context, create bool) (*installation, error) {
	return p.openAs(ctx, create, false)
}

// unopened is the installation that the configuration names, of which nothing is open.
func (p *program) unopened(c config.Config) *installation {
	return &installation{config: c, log: newLog(p.stderr, c.Log), now: p.now, files: map[string]*sqlite.File{}}
}

// openAs is open; alone is that of the installation.
func (p *program) openAs(ctx context.Context, create, alone bool) (*installation, error) {
	c, err := p.load()
	if err != nil {
		return nil, err
	}
	in := p.unopened(c)
	in.alone = alone
	in.examine = func(ctx context.Context) ([]finding, error) {
		addresses, err := outsideAddresses()
		if err != nil {
			return nil, err
		}
		return p.examine(ctx, addresses), nil
	}
	if err := in.openDirectory(create); err != nil {
		return nil, err
	}
	if in.root, err = in.findRoot(create); err != nil {
		return nil, err
	}
	if err := in.openStore(ctx, create); err != nil {
		return nil, err
	}
	if err := in.openKeyring(ctx, create); err != nil {
		return nil, errors.Join(err, in.store.Close())
	}
	in.verifiers = credential.NewVerifierKeys(in.store, in.root, in.keyring)
	if err := in.verifiers.Load(ctx); err != nil {
		return nil, errors.Join(err, in.store.Close())
	}
	return in, nil
}

func (in *installation) close() error { return in.store.Close() }

func (in *installation) rootKeyPath() string {
	if in.config.Data.RootKeyFile != "" {
		return in.config.Data.RootKeyFile
	}
	return filepath.Join(in.config.Data.Directory, rootKeyFile)
}

func (in *installation) embedded() bool { return in.config.Data.PostgresFile == "" }

func (in *installation) openDirectory(create bool) error {
	dir := in.config.Data.Directory
	if !in.embedded() {
		return nil // nothing is kept here
	}
	if create {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("data directory: %w", err)
		}
		probe, err := os.CreateTemp(dir, ".probe-*")
		if err != nil {
			return fmt.Errorf("data directory %s cannot be written: %w", dir, err)
		}
		return errors.Join(probe.Close(), os.Remove(probe.Name()))
	}
	if _, err := os.Stat(filepath.Join(dir, durableFile)); err != nil {
		return fmt.Errorf("there is no installation in %s (claviger serve makes one; --config and --data say where): %w", in.place(), err)
	}
	return nil
}

// findRoot reads the root key. A new one is drawn only where nothing can have
// been sealed with an old one, and is written only once it is in use.
func (in *installation) findRoot(create bool) (secret.Root, error) {
	path := in.rootKeyPath()
	text, err := readSecretFile(path)
	if err == nil {
		root, err := secret.ParseRoot(text)
		if err != nil {
			return secret.Root{}, fmt.Errorf("%s: %w", path, err)
		}
		return root, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return secret.Root{}, fmt.Errorf("root key: %w", err)
	}
	if in.config.Data.RootKeyFile != "" {
		return secret.Root{}, fmt.Errorf("root key: %s does not exist; make one with: claviger key new-root %s", path, path)
	}
	if !in.embedded() {
		return secret.Root{}, fmt.Errorf("root key: with PostgreSQL, data.root_key_file must name the key that all replicas share; make one with: claviger key new-root FILE")
	}
	if _, err := os.Stat(filepath.Join(in.config.Data.Directory, durableFile)); err == nil || !create {
		return secret.Root{}, fmt.Errorf("root key: %s is missing, and without it the database beside it cannot be opened; bring it back from its safe place", path)
	}
	root := secret.NewRoot()
	// The file stands before the database that it opens, so that a crash in
	// between leaves a key without a database, never the other way round.
	err = writeRootKey(path, root)
	if errors.Is(err, fs.ErrExist) {
		return in.findRoot(create) // another process was faster
	}
	return root, err
}

func (in *installation) openStore(ctx context.Context, create bool) error {
	if in.embedded() {
		path := filepath.Join(in.config.Data.Directory, durableFile)
		var s *sqlite.Store
		err := in.await(ctx, func() (err error) {
			s, err = sqlite.Open(ctx, sqlite.Options{
				Path: path, Key: in.root.FileKey(durableFile), Now: in.now, Log: in.log, Migrate: create, Unmigrated: in.unmigrated, Socket: in.shared(),
			})
			return err
		})
		if errors.Is(err, storage.ErrWrongKey) {
			return in.explainRoot(path)
		}
		if err != nil {
			return explainOpen(path, err)
		}
		in.store, in.files[durableFile] = s, s.File()
		return nil
	}
	options, err := in.postgresOptions()
	if err != nil {
		return err
	}
	options.Migrate, options.Unmigrated = create, in.unmigrated
	s, err := postgres.Open(ctx, options)
	if err != nil {
		return explainOpen("PostgreSQL", err)
	}
	in.store = s
	return nil
}

// postgresOptions says where PostgreSQL is.
func (in *installation) postgresOptions() (postgres.Options, error) {
	url, err := readSecretFile(in.config.Data.PostgresFile)
	if err != nil {
		return postgres.Options{}, fmt.Errorf("data.postgres_url_file: %w", err)
	}
	return postgres.Options{URL: strings.TrimSpace(url), Now: in.now, Log: in.log, InsecurePlaintext: in.config.Data.InsecurePlaintext}, nil
}

// explainOpen turns what a store says on opening into one line with a remedy.
func explainOpen(what string, err error) error {
	switch {
	case errors.Is(err, storage.ErrWrongKey):
		return fmt.Errorf("%s cannot be opened with this root key: it belongs to another one, or the file is damaged", what)
	case errors.Is(err, storage.ErrInUse):
		return fmt.Errorf("%s is in use by another claviger process; wait until that has ended, or stop it", what)
	case errors.Is(err, storage.ErrTooNew):
		return fmt.Errorf("%s was written by a newer claviger than this one (%s); use that version: %w", what, buildVersion(), err)
	case errors.Is(err, storage.ErrTooOld):
		return fmt.Errorf("%s was written by an older claviger than this one; start the server of this version once, or run: claviger migrate up", what)
	case errors.Is(err, storage.ErrLong):
		return fmt.Errorf("%s was written by an older claviger than this one, and is so large that it cannot be used for a while when it is brought to this version; "+
			"stop all servers, and run: claviger migrate up", what)
	case errors.Is(err, storage.ErrUnavailable):
		return fmt.Errorf("%s does not answer: %w", what, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// openKeyring unwraps the keyring, and makes it in a new installation.
func (in *installation) openKeyring(ctx context.Context, create bool) error {
	made := false
	err := in.store.Tx(ctx, func(tx storage.Tx) error {
		wrapped, err := tx.Settings().Get(ctx, secret.MainKeyring)
		if errors.Is(err, storage.ErrNotFound) {
			if !create {
				return fmt.Errorf("the database is empty; start the server or import a roster first")
			}
			wrapped, err = in.makeKeyring(ctx, tx)
			made = true
		}
		if err != nil {
			return err
		}
		if in.keyring, err = in.root.OpenKeyring(wrapped); err == nil {
			return nil
		}
		id, err := tx.Settings().Get(ctx, rootKeySetting)
		if err != nil {
			return errors.Join(explainOpen("the database", storage.ErrWrongKey), unless(err, storage.ErrNotFound))
		}
		return fmt.Errorf("the database cannot be opened with the root key %s of %s: it belongs to the root key %s", in.root.ID(), in.rootKeyPath(), id)
	})
	if err == nil && made {
		in.log.LogAttrs(ctx, slog.LevelInfo, "new installation", slog.String("in", in.place()))
	}
	return err
}

// place is where the installation is, for who reads it in the log.
func (in *installation) place() string {
	if !in.embedded() {
		return "PostgreSQL"
	}
	path, err := filepath.Abs(in.config.Data.Directory)
	if err != nil {
		return in.config.Data.Directory
	}
	return path
}

func (in *installation) makeKeyring(ctx context.Context, tx storage.Tx) ([]byte, error) {
	_, fresh, err := in.root.NewKeyring()
	if err != nil {
		return nil, err
	}
	// Of two replicas that begin together, one keyring stands.
	wrapped, err := tx.Settings().PutOnce(ctx, secret.MainKeyring, fresh)
	if err != nil {
		return nil, err
	}
	if _, err := tx.Settings().PutOnce(ctx, rootKeySetting, []byte(in.root.ID())); err != nil {
		return nil, err
	}
	return wrapped, audit.Record(ctx, tx, audit.Event{
		Kind: audit.InstallationCreated, Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "system"},
	})
}

// unless is err, or nil where it is what was to be expected.
func unless(err, expected error) error {
	if errors.Is(err, expected) {
		return nil
	}
	return err
}

// newLog is the diagnostic log.
func newLog(w io.Writer, c config.Log) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.Level)) // Validate has checked it
	options := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
