package admin

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/keys"
	"github.com/claviger-id/claviger/storage"
)

// SigningKey is a key that signs tokens, without anything secret of it.
type SigningKey struct {
	ID         string    `json:"kid"`
	Algorithm  string    `json:"alg"`
	Status     string    `json:"status" enum:"pending,active,retiring" doc:"Pending ones sign later, active ones sign, of retiring ones it is still accepted what they signed."`
	ActiveFrom time.Time `json:"active_from"`
	RetiresAt  time.Time `json:"retires_at,omitzero"`
	ExpiresAt  time.Time `json:"expires_at,omitzero" doc:"When it is published no more."`
}

type listKeysOutput struct {
	Body struct {
		Items []SigningKey `json:"items" nullable:"false"`
	}
}

func (a *API) listKeys() {
	handle(a, huma.Operation{
		OperationID: "list-keys", Method: http.MethodGet, Path: "/v1/keys", Tags: []string{"Signing keys"},
		Summary: "List the keys that sign tokens", Description: "All that are published, the oldest first.",
	}, func(ctx context.Context, _ Caller, _ *struct{}) (*listKeysOutput, error) {
		out := &listKeysOutput{}
		out.Body.Items = []SigningKey{}
		return out, a.Store.View(ctx, func(tx storage.Tx) error {
			all, err := keys.List(ctx, tx)
			for _, k := range all {
				out.Body.Items = append(out.Body.Items, SigningKey{
					ID: k.ID, Algorithm: k.Algorithm, Status: string(keys.StatusOf(all, k, tx.Now())), ActiveFrom: k.ActiveFrom, RetiresAt: k.RetiresAt, ExpiresAt: k.ExpiresAt,
				})
			}
			return err
		})
	})
}

// KeyChange is what became of a change to the keys.
type KeyChange struct {
	Successor  string    `json:"successor,omitempty" doc:"The key that signs from then on; absent where none was needed."`
	ActiveFrom time.Time `json:"active_from,omitzero"`
}

type keyChangeOutput struct {
	Body KeyChange
}

// keysChanged has this process use what was changed at once.
func (a *API) keysChanged(ctx context.Context, next storage.SigningKey) (*keyChangeOutput, error) {
	out := &keyChangeOutput{}
	out.Body.Successor, out.Body.ActiveFrom = next.ID, next.ActiveFrom
	return out, a.ReloadKeys(ctx)
}
