package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// Health is how the installation is, as this replica sees it.
type Health struct {
	Healthy bool         `json:"healthy" doc:"Whether every part answers and nothing is behind."`
	Version string       `json:"version"`
	Parts   []HealthPart `json:"parts" nullable:"false"`
}

// HealthPart is one part of it.
type HealthPart struct {
	Name    string `json:"name" enum:"durable_store,ephemeral_store,audit_log,logouts,outbox"`
	Healthy bool   `json:"healthy"`
	Waiting int64  `json:"waiting,omitempty" doc:"What has yet to be done or delivered."`
	Oldest  int64  `json:"oldest,omitempty" doc:"For how many seconds the first of it has been waiting."`
}

type showHealthOutput struct {
	Body Health
}

func (a *API) showHealth() {
	handle(a, huma.Operation{
		OperationID: "show-health", Method: http.MethodGet, Path: "/v1/health", Tags: []string{"Installation"},
		Summary: "Show whether everything works", Description: "The stores, the audit log, and what has yet to be delivered.",
	}, func(ctx context.Context, _ Caller, _ *struct{}) (*showHealthOutput, error) {
		out := &showHealthOutput{Health{Healthy: true, Version: a.Version, Parts: []HealthPart{}}}
		for _, part := range a.Health(ctx) {
			out.Body.Healthy = out.Body.Healthy && part.Healthy
			out.Body.Parts = append(out.Body.Parts, part)
		}
		return out, nil
	})
}
