package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/claviger-id/claviger/storage"
)

// clockSlack is by how much two clocks may differ before it is told. Proofs and
// assertions of clients are judged to the minute.
const clockSlack = 5 * time.Second

// compareClock checks this clock against another one.
func (d *doctor) compareClock(whose string, other time.Time) {
	off := d.in.now().Sub(other)
	if off.Abs() > clockSlack {
		d.found("clock", findingFailed, fmt.Sprintf("it differs from that of %s by %v", whose, off.Round(time.Second)), "have both set by the same time service (chrony, systemd-timesyncd)")
		return
	}
	d.found("clock", findingOK, "it agrees with that of "+whose, "")
}

// pastClock looks for what was signed later than now: then this clock was put back,
// or another one is ahead.
func (d *doctor) pastClock(ctx context.Context) {
	var last storage.Checkpoint
	err := d.in.store.View(ctx, func(tx storage.Tx) (err error) {
		last, err = tx.Audit().LatestCheckpoint(ctx)
		return err
	})
	switch {
	case errors.Is(err, storage.ErrNotFound):
	case err != nil:
		d.found("clock", findingSkipped, fmt.Sprintf("the last checkpoint cannot be read: %v", err), "")
	case last.At.After(d.in.now().Add(clockSlack)):
		d.found("clock", findingFailed, "the audit log was signed at "+when(last.At)+", which is yet to come", "set the clock; if it is right now, that of another machine is ahead")
	default:
		d.found("clock", findingOK, "the audit log was last signed at "+when(last.At), "")
	}
}
