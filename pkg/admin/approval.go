package admin

import (
	"time"

	"github.com/claviger-id/claviger/pkg/approval"
	"github.com/claviger-id/claviger/pkg/audit"
)

// Approval is a request for a second person.
type Approval struct {
	ID            string    `json:"id"`
	Operation     string    `json:"operation" doc:"What is to be done."`
	State         string    `json:"state" enum:"pending,approved,rejected,done,expired" doc:"Pending ones wait for a second person, approved ones for who asked to do it; the others are over."`
	AskedBy       string    `json:"asked_by"`
	AskedRole     string    `json:"asked_role,omitempty"`
	AskedAt       time.Time `json:"asked_at"`
	Person        string    `json:"person,omitempty" doc:"The account that it is about."`
	Reason        string    `json:"reason,omitempty" doc:"Of who asked."`
	Request       string    `json:"request,omitempty" doc:"Exactly what is to be done: the request, or the command. Only who asked and who may decide see it."`
	DecidedBy     string    `json:"decided_by,omitempty"`
	DecidedReason string    `json:"decided_reason,omitempty"`
	DecidedAt     time.Time `json:"decided_at,omitzero"`
	ExpiresAt     time.Time `json:"expires_at" doc:"Until when it counts."`
	EndedAt       time.Time `json:"ended_at,omitzero"`
}

func shownApproval(r approval.Request) Approval {
	out := Approval{
		ID: r.ID, Operation: r.Act, State: string(r.State), AskedBy: actorName(r.Asker), AskedRole: r.Asker.Role, AskedAt: r.AskedAt, Person: r.PersonID,
		Reason: r.Reason, Request: r.Shown, DecidedReason: r.DecidedReason, DecidedAt: r.DecidedAt, ExpiresAt: r.ExpiresAt, EndedAt: r.EndedAt,
	}
	if !r.DecidedAt.IsZero() {
		out.DecidedBy = actorName(r.Decider)
	}
	return out
}

func actorName(a audit.Actor) string { return a.Type + ":" + a.ID }

type approvalOutput struct {
	ETag string `header:"ETag"`
	Body Approval
}

func approvalAnswer(r approval.Request) *approvalOutput {
	return &approvalOutput{ETag: etag(r.Version), Body: shownApproval(r)}
}
