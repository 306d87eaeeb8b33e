package admin

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/agreement"
	"github.com/claviger-id/claviger/pkg/markdown"
)

type publishAgreementInput struct {
	Body struct {
		Why
		Audience    string    `json:"audience" minLength:"1" maxLength:"60" doc:"A role, or everyone."`
		Version     string    `json:"version" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$"`
		Language    string    `json:"language" pattern:"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$" doc:"A BCP 47 tag."`
		EffectiveAt time.Time `json:"effective_at" doc:"When it begins to be asked for."`
		Grace       int64     `json:"grace,omitempty" minimum:"0" maximum:"31622400" doc:"For how many seconds from then it may be put off."`
		Text        string    `json:"text" minLength:"1" maxLength:"262144" doc:"Markdown."`
	}
}

func (a *API) publishAgreement() {
	handle(a, repeatable(huma.Operation{
		OperationID: "publish-agreement", Method: http.MethodPost, Path: "/v1/agreements", Tags: []string{"Agreements"}, DefaultStatus: http.StatusCreated,
		Summary:      "Publish a text of the Use Agreement",
		Description:  "Nothing of a version changes once it is published: what differs is refused, and the same again is answered as before.",
		MaxBodyBytes: 4 * markdown.MaxSize, // JSON may write a character as six
	}), func(ctx context.Context, by Caller, in *publishAgreementInput) (*agreementOutput, error) {
		b := in.Body
		if _, err := a.Agreements.Publish(ctx, []agreement.Document{{
			Audience: b.Audience, Version: b.Version, Language: b.Language, EffectiveAt: b.EffectiveAt, Grace: time.Duration(b.Grace) * time.Second, Text: []byte(b.Text), Reason: b.Reason,
		}}, by.Actor); err != nil {
			return nil, err
		}
		found, err := a.Agreements.Text(ctx, b.Audience, b.Version, b.Language)
		if err != nil {
			return nil, err
		}
		return &agreementOutput{shownAgreement(found)}, a.ReloadAgreements(ctx)
	})
}
