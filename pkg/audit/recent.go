package audit

import (
	"context"
	"fmt"
	"strings"

	"github.com/claviger-id/claviger/storage"
)

// IsID says that text could be the id of an event.
func IsID(text string) bool {
	return len(text) == 26 && strings.Trim(text, "0123456789abcdefghjkmnpqrstvwxyz") == ""
}

// Recent returns up to limit of the events that are about a person, before the one
// with the id in before, or the newest, for that person. What applications and readers
// cause all the time is not among them. That they were read is recorded.
func Recent(ctx context.Context, store storage.Store, personID, before string, limit int) (found []Entry, err error) {
	if before == "" {
		before = "~" // greater than every id
	}
	err = store.Tx(ctx, func(tx storage.Tx) error {
		found = nil // a transaction may be tried again
		rows, err := tx.Audit().Find(ctx, storage.AuditSpan{By: storage.AuditBySubject, Value: personID, Before: before, Notable: true, Limit: limit})
		if err != nil {
			return err
		}
		for _, row := range rows {
			e, err := open(row)
			if err != nil {
				return err
			}
			found = append(found, e)
		}
		return Record(ctx, tx, Query{Person: personID}.Looked(AuditRead, len(found), Actor{Type: "person", ID: personID}))
	})
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	return found, nil
}
