package admin

import (
	"bytes"
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/mail"
	"github.com/claviger-id/claviger/pkg/problem"
)

type noteBounceInput struct {
	RawBody []byte `contentType:"message/rfc822"`
}

type noteBounceOutput struct {
	Body struct {
		Mail    string `json:"mail" doc:"The mail that came back."`
		Status  string `json:"status" doc:"What the notification says (RFC 3463)."`
		Changed bool   `json:"changed" doc:"Whether it was marked as bounced now."`
		State   string `json:"state" enum:"pending,sent,bounced,gave_up"`
	}
}

func (a *API) noteBounce() {
	handle(a, huma.Operation{
		OperationID: "note-bounce", Method: http.MethodPost, Path: "/v1/mails/bounces", Tags: []string{"Mail"},
		Summary:     "Note that a mail came back",
		Description: "The body is a delivery status notification (RFC 3464), as a mail server has it. The mail that it returns is marked as bounced where the delivery has failed; a delay or an arrival changes nothing. Of the notification, only the status code is kept.",
	}, func(ctx context.Context, by Caller, in *noteBounceInput) (*noteBounceOutput, error) {
		n, err := mail.ReadNotification(bytes.NewReader(in.RawBody))
		if err != nil {
			return nil, problem.Wrap(problem.Invalid, "The body is no delivery status notification.", err)
		}
		done, err := (&mail.Bounces{Store: a.guard()}).Note(ctx, n, by.Actor)
		if errors.Is(err, mail.ErrUnknown) {
			return nil, problem.Wrap(problem.NotFound, "The notification is about a mail that is not known.", err)
		}
		if err != nil {
			return nil, err
		}
		out := &noteBounceOutput{}
		out.Body.Mail, out.Body.Status, out.Body.Changed, out.Body.State = n.Mail, n.Status, done.Changed, string(done.State)
		return out, nil
	})
}
