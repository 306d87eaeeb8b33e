package admin

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Factor is something besides the password that a person signs in with. What it
// proves itself with is shown to nobody.
type Factor struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind" enum:"totp,passkey"`
	CreatedAt time.Time `json:"created_at"`
	UsedAt    time.Time `json:"used_at,omitzero"`
}

type listFactorsOutput struct {
	ETag string `header:"ETag"`
	Body struct {
		Items         []Factor `json:"items" nullable:"false"`
		RecoveryCodes int      `json:"recovery_codes" doc:"How many are left."`
	}
}

func (a *API) listFactors() {
	handle(a, huma.Operation{
		OperationID: "list-factors", Method: http.MethodGet, Path: "/v1/people/{id}/factors", Tags: []string{"Credentials"},
		Summary: "List the second factors of a person", Description: "The ETag is that of the account, which changes with them. The audit log records that they were read.",
	}, func(ctx context.Context, by Caller, in *Named) (*listFactorsOutput, error) {
		if err := a.known(ctx, in.ID); err != nil {
			return nil, err
		}
		found, codes, version, err := a.Factors.ListByOperator(ctx, in.ID, by.Actor)
		if err != nil {
			return nil, err
		}
		out := &listFactorsOutput{ETag: etag(version)}
		out.Body.Items, out.Body.RecoveryCodes = []Factor{}, codes
		for _, f := range found {
			out.Body.Items = append(out.Body.Items, Factor{ID: f.ID, Kind: string(f.Kind), CreatedAt: f.CreatedAt, UsedAt: f.UsedAt})
		}
		return out, nil
	})
}
