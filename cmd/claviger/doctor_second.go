package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/claviger-id/claviger/pkg/admin"
	"github.com/claviger-id/claviger/pkg/approval"
	"github.com/claviger-id/claviger/storage"
)

// second checks whether there are two people for what policy wants two for: one who asks,
// and one who approves.
func (d *doctor) second(ctx context.Context) {
	const check = "second person"
	classes := d.in.config.Admin.SecondPerson
	if len(classes) == 0 {
		d.found(check, findingSkipped, "nothing wants one", "")
		return
	}
	has := map[string][]string{} // the roles of active people
	if err := d.in.store.View(ctx, func(tx storage.Tx) error {
		all, err := tx.Operators().List(ctx)
		if err != nil {
			return err
		}
		for _, o := range all {
			if o.Kind != storage.OperatorPerson {
				continue
			}
			who, err := tx.People().Get(ctx, o.ID)
			if err != nil && !errors.Is(err, storage.ErrNotFound) {
				return err
			}
			if err == nil && who.State == storage.PersonActive {
				has[o.ID] = append(has[o.ID], o.Role)
			}
		}
		return nil
	}); err != nil {
		d.found(check, findingFailed, explain(err), "")
		return
	}
	short := false
	for _, class := range classes {
		fewest, roles := len(has), []string(nil)
		for _, may := range admin.Approvers(approval.Class(class)) {
			n := 0
			for _, own := range has {
				if slices.ContainsFunc(may, func(r admin.Role) bool { return slices.Contains(own, string(r)) }) {
					n++
				}
			}
			if n < fewest || roles == nil {
				fewest, roles = n, nil
				for _, r := range may {
					roles = append(roles, string(r))
				}
			}
		}
		if fewest < 2 {
			short = true
			d.found(check, findingWarning, class+" wants two people, and "+plural(fewest, "person", "people")+" may: whoever asks waits for who is on this machine",
				"give another person who is active one of these roles with claviger admin grant: "+strings.Join(roles, ", "))
		}
	}
	if !short {
		d.found(check, findingOK, "there are two people or more for "+strings.Join(classes, ", "), "")
	}
}
