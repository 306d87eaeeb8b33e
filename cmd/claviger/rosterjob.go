package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"github.com/claviger-id/claviger/pkg/admin"
	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/enroll/roster"
	"github.com/claviger-id/claviger/pkg/job"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/recovery"
	"github.com/claviger-id/claviger/storage"
)

// jobs is the service of work that takes longer than a request.
func (in *installation) jobs() *job.Service {
	return &job.Service{
		Store: in.store, Keys: in.keyring, Now: in.now, Log: in.log,
		Kinds: map[string]func(context.Context, *job.Work) error{admin.RosterJob: in.rosterJob},
	}
}

// rosterJob imports a roster that came through the admin API, or rehearses that.
func (in *installation) rosterJob(ctx context.Context, w *job.Work) error {
	importer, err := in.importer(ctx)
	if err != nil {
		return err
	}
	importer.Actor = w.By
	wrote := false
	step := func(ctx context.Context, tx storage.Tx, p enroll.Progress, bad []enroll.BadRow) error {
		progress := job.Progress{Done: int64(p.Fraction * float64(len(w.Content))), Counts: map[string]int64{
			"created": p.Created, "known": p.Known, "rejected": p.Rejected, "sent": p.Letters, "unreached": p.Unreached,
		}}
		if p.HandedIn {
			progress.Counts["handed_in"] = 1
		}
		if wrote = len(bad) > 0; wrote {
			var out bytes.Buffer
			encoder := json.NewEncoder(&out)
			for _, row := range bad {
				if err := encoder.Encode(row); err != nil {
					return err
				}
			}
			progress.Output = out.Bytes()
		}
		return w.Step(ctx, tx, progress)
	}
	stepped := func() { w.Stepped(wrote) }
	if w.Options["dry_run"] == "true" {
		return explainRoster(importer.Rehearse(ctx, bytes.NewReader(w.Content), step, stepped))
	}
	o := enroll.Options{Content: bytes.NewReader(w.Content), Resume: true, Step: step, Stepped: stepped}
	if channel := w.Options["deliver"]; channel != "" {
		handOut, err := in.handOut(channel)
		if err != nil {
			return err
		}
		o.HandOut = func(ctx context.Context, tx storage.Tx, personID string) error {
			return handOut(ctx, tx, recovery.Handout{PersonID: personID, By: w.By})
		}
	}
	_, err = importer.Import(ctx, o)
	return explainRoster(err)
}

// explainRoster tells who sent a file that is no roster what is wrong with it.
func explainRoster(err error) error {
	var header roster.HeaderError
	if errors.As(err, &header) {
		return problem.Wrap(problem.Invalid, "This is no roster: "+header.Error()+".", err)
	}
	return err
}
