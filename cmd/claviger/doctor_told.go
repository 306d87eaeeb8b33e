package main

import (
	"context"

	"github.com/claviger-id/claviger/storage"
)

// told checks whether applications can be told of the end of sessions, as far as that
// hangs on the configuration. Nothing is sent to them.
func (d *doctor) told(ctx context.Context) {
	const check = "applications"
	out, err := d.in.outbound()
	if err != nil {
		d.found(check, findingFailed, err.Error(), "correct outbound.allow and outbound.ca_file")
		return
	}
	var all []storage.Client
	if err := d.in.store.View(ctx, func(tx storage.Tx) error {
		const some = 500
		for after := ""; ; after = all[len(all)-1].ID {
			page, err := tx.Clients().List(ctx, after, some)
			all = append(all, page...)
			if err != nil || len(page) < some {
				return err
			}
		}
	}); err != nil {
		d.found(check, findingFailed, explain(err), "")
		return
	}
	told, barred := 0, false
	for _, c := range all {
		if c.BackchannelLogoutURI == "" {
			continue
		}
		told++
		if why := out.BarredAt(ctx, c.BackchannelLogoutURI); why != "" {
			barred = true
			d.found(check, findingWarning, c.ID+" cannot be told of the end of sessions: "+why, "name its network in outbound.allow, and start the server again")
		}
	}
	switch {
	case told == 0:
		d.found(check, findingSkipped, "none asks to be told of the end of sessions", "")
	case !barred:
		d.found(check, findingOK, plural(told, "application", "applications")+" may be told of the end of sessions", "")
	}
}
