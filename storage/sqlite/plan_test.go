package sqlite

import (
	"bytes"
	"context"
	"log/slog"
	"maps"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/storagetest"
)

// mayBeReadWhole is what a statement may read from one end to the other: tables
// that do not grow with use, and indexes that the statement's LIMIT ends or
// that operators ask to be counted, and the rows that a statement brings along.
var mayBeReadWhole = regexp.MustCompile(`^SCAN (agreement|client|client_registration|operator|signing_key|subscription|schema_version|sqlite_master|sqlite_schema)\b` +
	`|^SCAN audit_event USING INDEX audit_event_pending$|^SCAN audit_checkpoint USING INDEX ` +
	`|^SCAN outbox USING COVERING INDEX outbox_open$|^SCAN person USING COVERING INDEX person_state$|^SCAN person USING COVERING INDEX person_open$|^SCAN organization USING (COVERING )?INDEX organization_active$|^SCAN logout USING COVERING INDEX logout_waiting$` +
	`|^SCAN (CONSTANT ROW|\d+ CONSTANT ROWS|\d+-ROW VALUES CLAUSE|placed|known|lane|due)$`)

// TestNoStatementReadsAWholeTable looks at the plan of every statement that
// the conformance suite prepares.
func TestNoStatementReadsAWholeTable(t *testing.T) {
	statements := map[string]bool{}
	storagetest.Durable(t, func(t *testing.T) storage.Store {
		s, err := Open(t.Context(), Options{
			Path: filepath.Join(t.TempDir(), "d.db"), Key: bytes.Repeat([]byte{7}, keySize),
			Migrate: true, Log: slog.New(slog.DiscardHandler), Now: time.Now,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			collect(s.file, statements)
			_ = s.Close()
		})
		return s
	})
	if len(statements) < 40 {
		t.Errorf("only %d statements were seen", len(statements))
	}
	s, err := Open(t.Context(), Options{
		Path: filepath.Join(t.TempDir(), "d.db"), Key: bytes.Repeat([]byte{7}, keySize),
		Migrate: true, Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.file.Write(t.Context(), func(tx *Tx) error { return explain(t, tx, statements) }); err != nil {
		t.Fatal(err)
	}
}

// collect takes the statements of the connections that are idle; after Close
// there are none.
func collect(f *File, into map[string]bool) {
	for _, pool := range []chan *conn{f.writer, f.readers} {
		for range cap(pool) {
			select {
			case c := <-pool:
				for sql := range maps.Keys(c.prepared) {
					into[sql] = true
				}
				pool <- c
			default:
			}
		}
	}
}

func explain(t *testing.T, tx *Tx, statements map[string]bool) error {
	for sql := range statements {
		switch verb, _, _ := strings.Cut(sql, " "); verb {
		case "SELECT", "INSERT", "UPDATE", "DELETE", "WITH":
		default:
			continue
		}
		if _, err := tx.Do(context.Background(), "EXPLAIN QUERY PLAN "+sql, nil, func(r Row) error {
			var id, parent, unused int64
			var step string
			if err := r.Scan(&id, &parent, &unused, &step); err != nil {
				return err
			}
			if strings.HasPrefix(step, "SCAN") && !mayBeReadWhole.MatchString(step) || strings.Contains(step, "TEMP B-TREE") && !strings.Contains(sql, "FROM signing_key") {
				t.Errorf("%s\n\t%s", step, sql)
			}
			if strings.Contains(sql, "kind NOT IN") && !strings.Contains(step, "USING INDEX audit_event_notable ") {
				t.Errorf("%s\n\t%s", step, sql)
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}
