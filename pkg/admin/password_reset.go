package admin

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

type resetPasswordInput struct {
	OfAccount
	Body struct {
		Proven
		Channel
	}
}

func (a *API) resetPassword() {
	handle(a, versioned(huma.Operation{
		OperationID: "reset-password", Method: http.MethodPost, Path: "/v1/people/{id}/password/reset", Tags: []string{"Credentials"}, DefaultStatus: http.StatusAccepted,
		Summary:     "Give somebody whose identity was proven a new temporary password",
		Description: "Whatever password there was is gone, and with it every session and grant, and the browsers in which the person was known. The person is sent a link that shows the temporary password once.",
	}), func(ctx context.Context, by Caller, in *resetPasswordInput) (*issuePasswordOutput, error) {
		out, err := a.handOut(ctx, in.OfAccount, in.Body.Deliver, by, func(tx storage.Tx, validFor time.Duration) error {
			_, err := a.Credentials.ResetByOperator(ctx, tx, credential.Reset{
				PersonID: in.ID, Proof: credential.Proof(in.Body.Proof), Note: in.Body.Note, ValidFor: validFor, By: by.Actor,
			})
			return err
		})
		if err != nil {
			return nil, err
		}
		// It is done: a caller that went away stops nothing of it.
		ctx = context.WithoutCancel(ctx)
		return out, errors.Join(a.Sessions.EndByPerson(ctx, in.ID, session.ReasonPasswordReset), a.Credentials.Rebound(ctx, in.ID))
	})
}
