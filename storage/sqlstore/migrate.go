package sqlstore

import (
	"context"
	"embed"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/claviger-id/claviger/storage"
)

//go:embed migration/*.sql
var migrationFiles embed.FS

// Migration is one numbered, forward-only step of the schema.
type Migration struct {
	Number int64
	Name   string
	SQL    string
}

// Migrations returns all steps in order. byteType is the database's name for
// byte strings (BYTEA, BLOB).
func Migrations(byteType string) ([]Migration, error) {
	entries, err := migrationFiles.ReadDir("migration")
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	var all []Migration
	last := int64(0)
	for _, e := range entries { // ReadDir sorts by name
		text, err := migrationFiles.ReadFile(path.Join("migration", e.Name()))
		if err != nil {
			return nil, fmt.Errorf("migrations: %w", err)
		}
		number, name, ok := strings.Cut(strings.TrimSuffix(e.Name(), ".sql"), "_")
		n, err := strconv.ParseInt(number, 10, 64)
		if !ok || err != nil || n <= last { // a number may be left out, never used twice
			return nil, fmt.Errorf("migrations: the number of %s is not above %d", e.Name(), last)
		}
		last = n
		all = append(all, Migration{Number: n, Name: name, SQL: strings.ReplaceAll(string(text), " BYTES", " "+byteType)})
	}
	return all, nil
}

// madeTable names a table that a step makes.
var madeTable = regexp.MustCompile(`(?m)^CREATE TABLE (?:IF NOT EXISTS )?(\w+)`)

// Tables are the names of the tables that the steps make, and of that of the version.
func Tables() ([]string, error) {
	all, err := Migrations("")
	if err != nil {
		return nil, err
	}
	names := []string{"schema_version"}
	for _, m := range all {
		for _, found := range madeTable.FindAllStringSubmatch(m.SQL, -1) {
			names = append(names, found[1])
		}
	}
	return names, nil
}

// Pending returns the steps that a database at version has not had, or
// ErrTooNew when it has had steps that this program does not know.
func Pending(all []Migration, version int64) ([]Migration, error) {
	known := int64(0)
	if len(all) > 0 {
		known = all[len(all)-1].Number
	}
	if version > known {
		return nil, fmt.Errorf("%w: schema %d, this program knows %d", storage.ErrTooNew, version, known)
	}
	taken := slices.IndexFunc(all, func(m Migration) bool { return m.Number > version })
	if taken < 0 {
		return nil, nil
	}
	return all[taken:], nil
}

// VersionTable makes the table that holds the version, and VersionQuery reads
// it; a database package runs them outside of Conn, because they come before
// everything else.
const (
	VersionTable = `CREATE TABLE IF NOT EXISTS schema_version (number BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)`
	VersionQuery = `SELECT coalesce(max(number), 0) FROM schema_version`
	versionMark  = `INSERT INTO schema_version (number, name, applied_at) VALUES ($1, $2, $3)`
)

// Mark records within the step's own transaction that the step was taken.
func Mark(ctx context.Context, tx *Tx, m Migration) error {
	_, err := tx.Conn.Do(ctx, versionMark, []any{m.Number, m.Name, micros(tx.Time)}, nil)
	return err
}

// Fresh says that steps begin with the first: what they are taken on is empty.
func Fresh(steps []Migration) bool { return len(steps) > 0 && steps[0].Number == 1 }
