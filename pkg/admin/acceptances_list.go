package admin

import (
	"context"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Acceptance is a person's yes to a version of the Use Agreement.
type Acceptance struct {
	ID          string    `json:"id"`
	Audience    string    `json:"audience"`
	Version     string    `json:"version"`
	Language    string    `json:"language"`
	SHA256      string    `json:"sha256" doc:"The hash of the text that was read, in hexadecimal."`
	AcceptedAt  time.Time `json:"accepted_at"`
	WithdrawnAt time.Time `json:"withdrawn_at,omitzero"`
}

type listAcceptancesOutput struct {
	Body struct {
		Items []Acceptance `json:"items" nullable:"false"`
	}
}

func (a *API) listAcceptances() {
	handle(a, huma.Operation{
		OperationID: "list-acceptances", Method: http.MethodGet, Path: "/v1/people/{id}/acceptances", Tags: []string{"Agreements"},
		Summary: "List what a person accepted", Description: "The oldest first, with what was taken back. The audit log records that it was read.",
	}, func(ctx context.Context, by Caller, in *Named) (*listAcceptancesOutput, error) {
		if err := a.known(ctx, in.ID); err != nil {
			return nil, err
		}
		all, err := a.Agreements.Own(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		if err := a.looked(ctx, in.ID, "acceptances", by); err != nil {
			return nil, err
		}
		out := &listAcceptancesOutput{}
		out.Body.Items = []Acceptance{}
		for _, one := range all {
			out.Body.Items = append(out.Body.Items, Acceptance{
				ID: one.ID, Audience: one.Audience, Version: one.Version, Language: one.Language, SHA256: hex.EncodeToString(one.Hash),
				AcceptedAt: one.AcceptedAt, WithdrawnAt: one.WithdrawnAt,
			})
		}
		return out, nil
	})
}
