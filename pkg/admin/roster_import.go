package admin

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/job"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/recovery"
)

// maxRoster is the most bytes of a roster: some ten thousand rows with all the
// columns that NPPES publishes, many more with those that are read.
const maxRoster = 16 << 20

type importRosterInput struct {
	DryRun  bool   `query:"dry_run" doc:"Say what would become of each row, and change nothing."`
	Deliver string `query:"deliver" enum:"mail,webhook" doc:"Have everybody without a credential sent a link to a temporary password."`
	Reason  string `query:"reason" required:"true" pattern:"^[a-z][a-z0-9_]{1,39}$" doc:"A code for the audit log, such as new_practice."`
	RawBody []byte `contentType:"text/csv"`
}

func (a *API) importRoster() {
	handle(a, repeatable(huma.Operation{
		OperationID: "import-roster", Method: http.MethodPost, Path: "/v1/imports", Tags: []string{"Enrolments"}, DefaultStatus: http.StatusAccepted,
		Summary:      "Make accounts of a roster",
		Description:  "The file is one as docs/roster.md describes, of at most 16 MiB. The answer is a job: it says how far the import has come, and can be cancelled. A roster that was imported in part goes on where it stopped; one that was imported before may be imported again, whoever has an account keeps it.",
		MaxBodyBytes: maxRoster, BodyReadTimeout: 15 * time.Second,
	}), func(ctx context.Context, by Caller, in *importRosterInput) (*jobOutput, error) {
		if len(in.RawBody) == 0 {
			return nil, problem.New(problem.Invalid, "The body is the roster; it is empty.")
		}
		options := map[string]string{"dry_run": strconv.FormatBool(in.DryRun)}
		if in.Deliver != "" {
			if _, ok := a.Channels[recovery.Channel(in.Deliver)]; !ok {
				return nil, errNoChannel(in.Deliver)
			}
			options["deliver"] = in.Deliver
		}
		made, err := a.Jobs.Submit(ctx, job.New{Kind: RosterJob, Options: options, Content: in.RawBody, By: by.Actor, Reason: in.Reason})
		if err != nil {
			return nil, err
		}
		return jobAnswer(made), nil
	})
}
