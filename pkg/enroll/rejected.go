package enroll

import "github.com/claviger-id/claviger/pkg/enroll/roster"

// BadRow is a row that cannot be used. It copies nothing else of the row.
type BadRow struct {
	Line   int64  `json:"line"`
	Column string `json:"column"`
	Reason string `json:"reason"`
	NPI    string `json:"npi,omitempty"`
}

// rejected is where such rows are told.
type rejected interface {
	add(line int64, why roster.Reject) error
	// sync makes sure of what was added, and returns how much there is in all.
	sync() (int64, error)
	close() error
}

var (
	_ rejected = (*rejects)(nil)
	_ rejected = (*told)(nil)
)

// told keeps the rows of a batch for who is told of them in its transaction.
type told struct {
	rows []BadRow
	size int64
}

func (t *told) add(line int64, why roster.Reject) error {
	t.rows = append(t.rows, BadRow{Line: line, Column: why.Column, Reason: why.Reason, NPI: why.NPI})
	return nil
}

func (t *told) sync() (int64, error) { return t.size, nil }

func (t *told) close() error { return nil }

// take hands the rows over.
func (t *told) take() []BadRow {
	rows := t.rows
	t.rows = nil
	return rows
}
