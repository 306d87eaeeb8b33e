package admin

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/recovery"
	"github.com/claviger-id/claviger/storage"
)

// Channel says how a temporary password reaches its owner. Nobody here sees it.
type Channel struct {
	Deliver string `json:"deliver" enum:"mail,webhook" doc:"How the link to it, and apart from that the User ID, reach the person."`
}

type issuePasswordInput struct {
	OfAccount
	Body Channel
}

type issuePasswordOutput struct {
	Body struct {
		ExpiresAt time.Time `json:"expires_at" doc:"Until when it, and the link to it, work."`
	}
}

func (a *API) issuePassword() {
	handle(a, versioned(repeatable(huma.Operation{
		OperationID: "issue-temporary-password", Method: http.MethodPost, Path: "/v1/people/{id}/temporary-password", Tags: []string{"Credentials"}, DefaultStatus: http.StatusAccepted,
		Summary:     "Draw a temporary password for who has not chosen a personal one",
		Description: "The person is sent a link that shows it once. One that was drawn before is worth nothing any more.",
	})), func(ctx context.Context, by Caller, in *issuePasswordInput) (*issuePasswordOutput, error) {
		return a.handOut(ctx, in.OfAccount, in.Body.Deliver, by, nil)
	})
}

// handOut has a temporary password drawn that nobody sees, and sends a link to one
// that is drawn when it is shown. draw, when it is not nil, draws it.
func (a *API) handOut(ctx context.Context, account OfAccount, channel string, by Caller, draw func(tx storage.Tx, validFor time.Duration) error) (*issuePasswordOutput, error) {
	personID := account.ID
	version, err := meant(account.IfMatch)
	if err != nil {
		return nil, err
	}
	validFor, ok := a.Channels[recovery.Channel(channel)]
	if !ok {
		return nil, errNoChannel(channel)
	}
	if err := a.notOneself(by, personID); err != nil {
		return nil, err
	}
	if err := a.known(ctx, personID); err != nil {
		return nil, err
	}
	out := &issuePasswordOutput{}
	err = a.guard().Tx(ctx, func(tx storage.Tx) error {
		if err := at(ctx, tx, personID, version); err != nil {
			return err
		}
		known, err := told(ctx, tx, personID)
		if err != nil {
			return err
		}
		if draw != nil {
			if err := draw(tx, validFor); err != nil {
				return err
			}
		}
		out.Body.ExpiresAt = tx.Now().Add(validFor)
		return a.Recovery.HandOut(ctx, tx, recovery.Handout{
			PersonID: personID, Channel: recovery.Channel(channel), Known: known, ValidFor: validFor, Issued: draw != nil, By: by.Actor,
		})
	})
	return out, err
}
