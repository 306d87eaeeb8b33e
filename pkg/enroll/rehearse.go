package enroll

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/claviger-id/claviger/pkg/enroll/roster"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/storage"
)

// Rehearse reads a roster as Import does, and changes nothing: it says what would
// become of each row. step is called after each batch, in a transaction.
func (m *Importer) Rehearse(ctx context.Context, content io.ReadSeeker, step func(ctx context.Context, tx storage.Tx, p Progress, rejected []BadRow) error, stepped func()) error {
	id, size, err := identify(content)
	if err != nil {
		return fmt.Errorf("roster: %w", err)
	}
	reader, err := roster.NewReader(content)
	if err != nil {
		return fmt.Errorf("roster: %w", err)
	}
	var p Progress
	seen := map[string]int64{}
	for done := false; !done; {
		out := &told{}
		err := m.Store.Tx(ctx, func(tx storage.Tx) error {
			for range batchRows {
				row, err := reader.Next()
				if errors.Is(err, io.EOF) {
					done = true
					break
				}
				if err != nil {
					return fmt.Errorf("roster: %w", err)
				}
				if err := m.rehearse(ctx, tx, &p, row, id, seen, out); err != nil {
					return fmt.Errorf("line %d: %w", row.Line, err)
				}
			}
			if p.Fraction = 1; !done && size > 0 {
				p.Fraction = float64(reader.Offset()) / float64(size)
			}
			return step(ctx, tx, p, out.take())
		})
		if err != nil {
			return err
		}
		stepped()
	}
	return nil
}

func (m *Importer) rehearse(ctx context.Context, tx storage.Tx, p *Progress, row roster.Row, id string, seen map[string]int64, out *told) error {
	reject := func(why roster.Reject) error {
		p.Rejected++
		return out.add(row.Line, why)
	}
	switch {
	case row.Reject != nil:
		return reject(*row.Reject)
	case len(missing(row.Profile.Roles, m.Roles)) > 0:
		return reject(roster.Reject{Column: roster.ColumnRoles, Reason: "names a role that is none; " + thereAre(m.Roles), NPI: row.Profile.NPI})
	case seen[row.Profile.NPI] > 0:
		return reject(roster.Reject{Column: "NPI", Reason: "this NPI stands in line " + strconv.FormatInt(seen[row.Profile.NPI], 10) + " already", NPI: row.Profile.NPI})
	}
	seen[row.Profile.NPI] = row.Line
	row.Profile.Source = person.Source{Import: id, Line: row.Line}
	who, err := tx.People().ByNPI(ctx, m.People.NPIIndex(row.Profile.NPI))
	if errors.Is(err, storage.ErrNotFound) {
		p.Created++
		return nil
	}
	if err != nil {
		return err
	}
	known, err := m.People.Open(who)
	if err != nil {
		return err
	}
	if reason := contradiction(known, row.Profile); reason != "" {
		return reject(roster.Reject{Column: "NPI", Reason: reason, NPI: row.Profile.NPI})
	}
	p.Known++
	return nil
}
