package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/approval"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/storage"
)

// requestDocument is a request for a second person as the commands print it.
type requestDocument struct {
	ID            string                `json:"id"`
	Operation     string                `json:"operation"`
	State         storage.ApprovalState `json:"state"`
	AskedBy       string                `json:"asked_by"`
	AskedAt       time.Time             `json:"asked_at"`
	Person        string                `json:"person,omitempty"`
	Reason        string                `json:"reason,omitempty"`
	Request       string                `json:"request,omitempty"`
	DecidedBy     string                `json:"decided_by,omitempty"`
	DecidedReason string                `json:"decided_reason,omitempty"`
	DecidedAt     time.Time             `json:"decided_at,omitzero"`
	ExpiresAt     time.Time             `json:"expires_at"`
	EndedAt       time.Time             `json:"ended_at,omitzero"`
}

func describeRequest(r approval.Request) requestDocument {
	d := requestDocument{
		ID: r.ID, Operation: r.Act, State: r.State, AskedBy: actorText(r.Asker), AskedAt: r.AskedAt, Person: r.PersonID, Reason: r.Reason, Request: r.Shown,
		DecidedReason: r.DecidedReason, DecidedAt: r.DecidedAt, ExpiresAt: r.ExpiresAt, EndedAt: r.EndedAt,
	}
	if !r.DecidedAt.IsZero() {
		d.DecidedBy = actorText(r.Decider)
	}
	return d
}

func actorText(a audit.Actor) string { return a.Type + ":" + a.ID }

// requestStates are those that requests can be in.
func requestStates() []string {
	return []string{
		string(storage.ApprovalPending), string(storage.ApprovalApproved), string(storage.ApprovalRejected), string(storage.ApprovalDone), string(storage.ApprovalExpired),
	}
}

func (p *program) adminRequestListCommand() *cobra.Command {
	var (
		asJSON bool
		state  string
	)
	cmd := &cobra.Command{
		Use:   "list [--state pending|approved|rejected|done|expired]",
		Short: "List what waits for a second person, or did",
		Long: `Lists what policy (admin.second_person) wants a second person for. That it was read
is recorded in the audit log.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !slices.Contains(requestStates(), state) {
				return usageError{fmt.Errorf("the state is %q; it can be pending, approved, rejected, done or expired", state)}
			}
			return p.change(cmd.Context(), false, func(in *installation) error {
				list := []requestDocument{}
				for after := ""; len(list) < listedMost; {
					found, err := in.approvals().List(cmd.Context(), storage.ApprovalState(state), after, memberPage, operator())
					if err != nil {
						return err
					}
					for _, r := range found {
						list = append(list, describeRequest(r))
						after = r.ID
					}
					if len(found) < memberPage {
						break
					}
				}
				return printTable(p.stdout, asJSON, list, "REQUEST\tOPERATION\tASKED BY\tASKED\tUNTIL\tREASON", func(d requestDocument) []any {
					return []any{d.ID, d.Operation, d.AskedBy, when(d.AskedAt), when(d.ExpiresAt), d.Reason}
				})
			})
		},
	}
	cmd.Flags().StringVar(&state, "state", string(storage.ApprovalPending), "requests in this `state`")
	selects(cmd, "state")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
