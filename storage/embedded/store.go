package embedded

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlite"
)

// Options says how the store is opened.
type Options struct {
	Path string
	// Key is the 32-byte key of the file.
	Key []byte
	// Socket: see sqlite.FileOptions.
	Socket string
}

// Store is the ephemeral store in one file.
type Store struct{ file *sqlite.File }

var _ storage.Ephemeral = (*Store)(nil)

// schema is all there is, schemaOfLists the part of it that version 2 had not. A file of
// that version is migrated; one of any other is emptied: people sign in again.
const (
	schemaVersion = 3
	schema        = `
CREATE TABLE session (
    id         TEXT PRIMARY KEY,
    person_id  TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    deadline   INTEGER NOT NULL,
    due        INTEGER NOT NULL,
    record     BLOB NOT NULL
);
CREATE INDEX session_due ON session (due);
CREATE INDEX session_person ON session (person_id);` + schemaOfLists + `
CREATE TABLE interaction (
    id         TEXT PRIMARY KEY,
    expires_at INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    record     BLOB NOT NULL
);
CREATE INDEX interaction_expiry ON interaction (expires_at);
CREATE TABLE code (
    hash       BLOB PRIMARY KEY,
    expires_at INTEGER NOT NULL,
    keep_until INTEGER NOT NULL,
    used       INTEGER NOT NULL,
    record     BLOB NOT NULL
);
CREATE INDEX code_keep ON code (keep_until);
CREATE TABLE mark (
    name       TEXT PRIMARY KEY,
    expires_at INTEGER NOT NULL
);
CREATE INDEX mark_expiry ON mark (expires_at);
CREATE TABLE attempt (
    name       TEXT PRIMARY KEY,
    count      INTEGER NOT NULL,
    last       INTEGER NOT NULL,
    prior      INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX attempt_expiry ON attempt (expires_at);`
	schemaOfLists = `
CREATE INDEX session_created ON session (created_at, id);
CREATE TABLE session_client (
    client_id  TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    session_id TEXT NOT NULL,
    PRIMARY KEY (client_id, created_at, session_id)
) WITHOUT ROWID;`
)

// Open opens the store; errors as of sqlite.OpenFile.
func Open(ctx context.Context, o Options) (*Store, error) {
	f, err := sqlite.OpenFile(ctx, sqlite.FileOptions{Path: o.Path, Key: o.Key, Relaxed: true, Socket: o.Socket, Follows: true})
	if err != nil {
		return nil, err
	}
	s := &Store{file: f}
	if err := f.Write(ctx, func(tx *sqlite.Tx) error { return prepare(ctx, tx) }); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return s, nil
}

func prepare(ctx context.Context, tx *sqlite.Tx) error {
	var version int64
	if _, err := tx.Do(ctx, `PRAGMA user_version`, nil, func(r sqlite.Row) error { return r.Scan(&version) }); err != nil {
		return err
	}
	current := fmt.Sprintf(`PRAGMA user_version = %d;`, schemaVersion)
	switch version {
	case schemaVersion:
		return nil
	case 2:
		if err := listed(ctx, tx); err != nil {
			return err
		}
		return tx.Script(current)
	}
	if err := dropped(ctx, tx); err != nil {
		return err
	}
	return tx.Script(schema + current)
}

// Sessions keeps the live sessions.
func (s *Store) Sessions() storage.Sessions { return sessions{s.file} }

// Interactions keeps the sign-ins under way.
func (s *Store) Interactions() storage.Interactions { return interactions{s.file} }

// Codes keeps the authorization codes.
func (s *Store) Codes() storage.Codes { return codes{s.file} }

// Marks keeps short facts.
func (s *Store) Marks() storage.Marks { return marks{s.file} }

// Attempts counts failures.
func (s *Store) Attempts() storage.Attempts { return attempts{s.file} }

// Ping reads from the file.
func (s *Store) Ping(ctx context.Context) error {
	return s.file.Read(ctx, func(tx *sqlite.Tx) error {
		_, err := tx.Do(ctx, `SELECT 1`, nil, nil)
		return err
	})
}

// File is the file of the store.
func (s *Store) File() *sqlite.File { return s.file }

// Close closes the file.
func (s *Store) Close() error { return s.file.Close() }

// purgeLimit bounds what one Purge removes of each kind, so that it never holds
// the writer for long.
const purgeLimit = 1000

// Purge removes what was over at the given time, some of it when there is much.
// Sessions are not purged: they end, and are removed by who ended them.
func (s *Store) Purge(ctx context.Context, at time.Time) error {
	return s.file.Write(ctx, func(tx *sqlite.Tx) error {
		for _, sql := range []string{
			`DELETE FROM interaction WHERE id IN (SELECT id FROM interaction WHERE expires_at <= $1 LIMIT $2)`,
			`DELETE FROM code WHERE hash IN (SELECT hash FROM code WHERE keep_until <= $1 LIMIT $2)`,
			`DELETE FROM mark WHERE name IN (SELECT name FROM mark WHERE expires_at <= $1 LIMIT $2)`,
			`DELETE FROM attempt WHERE name IN (SELECT name FROM attempt WHERE expires_at <= $1 LIMIT $2)`,
		} {
			if _, err := tx.Do(ctx, sql, []any{at.UnixMicro(), int64(purgeLimit)}, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

func encode(record any) ([]byte, error) {
	b, err := json.Marshal(record)
	if err != nil {
		return nil, fmt.Errorf("embedded: %w", err)
	}
	return b, nil
}

func decode(b []byte, record any) error {
	if err := json.Unmarshal(b, record); err != nil {
		return fmt.Errorf("embedded: %w", err)
	}
	return nil
}
