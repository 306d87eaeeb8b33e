package pages

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/claviger-id/claviger/pkg/agreement"
	"github.com/claviger-id/claviger/storage"
)

const (
	accountAgreementsPath = accountPath + "/agreements"
	takeBackPath          = accountAgreementsPath + "/take-back"
	acceptedPattern       = accountAgreementsPath + "/{acceptance}"
	receiptPattern        = acceptedPattern + "/receipt"
)

func acceptedPath(id string) string { return accountAgreementsPath + "/" + url.PathEscape(id) }

type accountAgreementsView struct {
	frame
	Agreements []acceptanceRow
	// TakeBack leads to taking all of it back; empty where there is nothing.
	TakeBack string
}

// acceptanceRow is something that a person accepted, in words.
type acceptanceRow struct {
	Name  string
	Facts []string
	// Read leads to the text, Receipt to what proves it; empty where nothing signs it.
	Read, Receipt string
}

// accountAgreements shows somebody what they accepted, the newest first.
func (p *Pages) accountAgreements(w http.ResponseWriter, r *http.Request) error {
	pr, current, ok, err := p.visit(w, r, accountAgreementsPath)
	if err != nil || !ok {
		return err
	}
	all, err := p.Agreements.Own(r.Context(), current.PersonID)
	if err != nil {
		return err
	}
	view := accountAgreementsView{frame: pr.frame(pr.texts.Agreements.Title, false)}
	for _, one := range slices.Backward(all) {
		view.Agreements = append(view.Agreements, acceptanceRowOf(pr.texts, one, p.Agreements.Signer != nil))
		if one.WithdrawnAt.IsZero() {
			view.TakeBack = takeBackPath
		}
	}
	return pr.print(w, http.StatusOK, "account-agreements", view)
}

func acceptanceRowOf(texts *Texts, one storage.Acceptance, signs bool) acceptanceRow {
	t := texts.Agreements
	row := acceptanceRow{Name: t.Version(one.Version), Read: acceptedPath(one.ID)}
	if one.Audience != agreement.Everyone {
		row.Facts = append(row.Facts, t.For(texts.Manage.Role(one.Audience)))
	}
	row.Facts = append(row.Facts, t.Accepted(texts.Common.Moment(one.AcceptedAt)))
	if !one.WithdrawnAt.IsZero() {
		row.Facts = append(row.Facts, t.Withdrawn(texts.Common.Moment(one.WithdrawnAt)))
	}
	if signs {
		row.Receipt = acceptedPath(one.ID) + "/receipt"
	}
	return row
}

// receipt is what proves that somebody accepted something, to be kept.
func (p *Pages) receipt(w http.ResponseWriter, r *http.Request) error {
	_, current, ok, err := p.visit(w, r, r.URL.Path)
	if err != nil || !ok {
		return err
	}
	signed, err := p.Agreements.Receipt(r.Context(), current.PersonID, r.PathValue("acceptance"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="use-agreement-receipt.txt"`)
	_, err = w.Write(signed) //nolint:gosec // plain text, as a file
	return err
}
