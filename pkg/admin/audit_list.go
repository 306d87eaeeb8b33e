package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/storage"
)

type listAuditInput struct {
	AuditQuery
	Limit int `query:"limit" minimum:"1" maximum:"100" default:"50"`
}

func (a *API) listAudit() {
	handle(a, huma.Operation{
		OperationID: "list-audit-events", Method: http.MethodGet, Path: "/v1/audit/events", Tags: []string{"Audit"},
		Summary:     "Look for events in the audit log",
		Description: "The newest first. A page may have fewer events than the limit, or none, while there is a next one. Events of the last moment have no place in the log yet and are not found. That the log was read is recorded in it.",
	}, func(ctx context.Context, by Caller, in *listAuditInput) (*page[AuditEvent], error) {
		q, from, err := in.query(true)
		if err != nil {
			return nil, err
		}
		found, next, err := audit.Search(ctx, a.Store, q, from, in.Limit)
		if err != nil {
			return nil, err
		}
		if err := a.guard().Tx(ctx, func(tx storage.Tx) error {
			return audit.Record(ctx, tx, q.Looked(audit.AuditRead, len(found), by.Actor))
		}); err != nil {
			return nil, err
		}
		out := &page[AuditEvent]{}
		out.Body.Items = []AuditEvent{}
		for _, e := range found {
			out.Body.Items = append(out.Body.Items, auditEvent(e))
		}
		if next != "" {
			out.Body.Next = cursor(next)
		}
		return out, nil
	})
}
