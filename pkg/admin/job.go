package admin

import (
	"time"

	"github.com/claviger-id/claviger/pkg/job"
)

// RosterJob is the kind of job that imports a roster.
const RosterJob = "roster_import"

// Job is work that takes longer than a request.
type Job struct {
	ID          string            `json:"id"`
	Kind        string            `json:"kind" enum:"roster_import"`
	State       string            `json:"state" enum:"queued,running,finished,failed,cancelled"`
	Options     map[string]string `json:"options" nullable:"false"`
	Fraction    float64           `json:"fraction" minimum:"0" maximum:"1" doc:"How much of it is done."`
	Counts      map[string]int64  `json:"counts" nullable:"false" doc:"Of a roster: rows that were created, known and rejected; people who were sent something, and who could not be reached. handed_in is 1 when the rows wait for a second person, who decides on them as applications."`
	Problem     string            `json:"problem,omitempty" doc:"Why it failed."`
	Cancelling  bool              `json:"cancelling" doc:"Whether somebody asked it to stop."`
	SubmittedBy string            `json:"submitted_by"`
	CreatedAt   time.Time         `json:"created_at"`
	UpdatedAt   time.Time         `json:"updated_at"`
	FinishedAt  time.Time         `json:"finished_at,omitzero"`
}

func shownJob(j job.Job) Job {
	out := Job{
		ID: j.ID, Kind: j.Kind, State: string(j.State), Options: j.Options, Fraction: j.Fraction, Counts: j.Counts, Problem: j.Problem,
		Cancelling: j.Cancelled, SubmittedBy: j.By.Type + ":" + j.By.ID, CreatedAt: j.CreatedAt, UpdatedAt: j.UpdatedAt, FinishedAt: j.FinishedAt,
	}
	if out.Options == nil {
		out.Options = map[string]string{}
	}
	if out.Counts == nil {
		out.Counts = map[string]int64{}
	}
	return out
}

type jobOutput struct {
	ETag     string `header:"ETag"`
	Location string `header:"Location"`
	Body     Job
}

func jobAnswer(j job.Job) *jobOutput {
	return &jobOutput{ETag: etag(j.Version), Location: "/v1/jobs/" + j.ID, Body: shownJob(j)}
}
