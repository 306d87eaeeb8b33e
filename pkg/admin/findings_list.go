package admin

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Finding is what a check of the installation found.
type Finding struct {
	Check  string `json:"check"`
	Status string `json:"status" enum:"ok,warning,failed,skipped"`
	Found  string `json:"found"`
	Remedy string `json:"remedy,omitempty" doc:"What to do, where there is something to do."`
}

type listFindingsOutput struct {
	Body struct {
		Items []Finding `json:"items" nullable:"false"`
		At    time.Time `json:"at" doc:"When it was looked."`
	}
}

// examination is the newest look at the installation. Looking reaches for networks and
// files, so that nobody makes it be done more often than findingsFor says.
type examination struct {
	mu       sync.Mutex
	at       time.Time
	findings []Finding
}

const findingsFor = 10 * time.Second

func (a *API) listFindings() {
	handle(a, huma.Operation{
		OperationID: "list-findings", Method: http.MethodGet, Path: "/v1/findings", Tags: []string{"Installation"},
		Summary:     "List what is wrong with the installation, and what to do",
		Description: "What \"claviger doctor\" finds on the machine of this replica. It is looked at most every ten seconds.",
	}, func(ctx context.Context, _ Caller, _ *struct{}) (*listFindingsOutput, error) {
		x := &a.examined
		x.mu.Lock()
		defer x.mu.Unlock()
		if now := a.Now(); x.findings == nil || now.Sub(x.at) > findingsFor {
			found, err := a.Examine(ctx)
			if err != nil {
				return nil, err
			}
			x.at, x.findings = now, found
		}
		out := &listFindingsOutput{}
		out.Body.Items, out.Body.At = append([]Finding{}, x.findings...), x.at
		return out, nil
	})
}
