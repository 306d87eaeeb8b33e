package pages

import (
	"html/template"
	"net/http"

	"github.com/claviger-id/claviger/pkg/markdown"
)

type accountAgreementView struct {
	frame
	Row      acceptanceRow
	Language string
	Body     template.HTML
	Back     string
}

// acceptedAgreement shows again what somebody accepted, as they read it then.
func (p *Pages) acceptedAgreement(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	pr, current, ok, err := p.visit(w, r, r.URL.Path)
	if err != nil || !ok {
		return err
	}
	one, err := p.Agreements.OwnOne(ctx, current.PersonID, r.PathValue("acceptance"))
	if err != nil {
		return err
	}
	text, err := p.Agreements.Text(ctx, one.Audience, one.Version, one.Language)
	if err != nil {
		return err
	}
	body, err := markdown.HTML(text.Text)
	if err != nil {
		return err
	}
	return pr.print(w, http.StatusOK, "account-agreement", accountAgreementView{
		frame: pr.frame(pr.texts.Agreement.Title, false), Row: acceptanceRowOf(pr.texts, one, p.Agreements.Signer != nil),
		Language: one.Language, Body: body, Back: accountAgreementsPath,
	})
}
