package enroll

import (
	"context"
	"errors"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// handIn applies the rule that nobody approves what they handed in themselves. A
// roster approves everybody in it: who comes with it first hands it in, and it is
// imported when somebody else comes with the same file. It reports whether that is
// so. Problem: Denied, when the one who handed it in comes again.
func (r *run) handIn(ctx context.Context, id string) (approved bool, err error) {
	if !r.SecondPerson {
		return true, nil
	}
	by := name(r.Actor)
	record := func(tx storage.Tx, event audit.Event) error {
		event.Actor, event.Detail = r.Actor, map[string]string{"import": id}
		return audit.Record(ctx, tx, event)
	}
	same, fresh := false, false
	err = r.Store.Tx(ctx, func(tx storage.Tx) error {
		approved, same, fresh = false, false, false
		found, err := tx.Imports().Get(ctx, id)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		switch found.SubmittedBy {
		case "":
			// Also for what was begun before the rule held.
			fresh = true
			found.ID, found.SubmittedBy, found.UpdatedAt = id, by, tx.Now()
			if err := tx.Imports().Put(ctx, found); err != nil {
				return err
			}
			if r.options.Step != nil {
				if err := r.options.Step(ctx, tx, Progress{HandedIn: true}, nil); err != nil {
					return err
				}
			}
			return record(tx, audit.Event{Kind: audit.ImportSubmitted, Outcome: audit.OutcomeAllow})
		case by:
			same = true
			return record(tx, audit.Event{Kind: audit.ImportDenied, Outcome: audit.OutcomeDeny, Reason: "same_person"})
		}
		approved = true
		return nil
	})
	if err == nil && fresh && r.options.Stepped != nil {
		r.options.Stepped()
	}
	if err == nil && same {
		err = problem.New(problem.Denied, "This roster was handed in by the same operator. Somebody else has to import it.")
	}
	return approved, err
}
