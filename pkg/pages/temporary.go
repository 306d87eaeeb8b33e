package pages

import (
	"net/http"

	"github.com/claviger-id/claviger/pkg/recovery"
	"github.com/claviger-id/claviger/storage"
)

type temporaryView struct {
	frame
	Action, Link string
	// Password is shown once, Until says how long it works; both are empty before.
	Password, Until string
}

// temporary asks whether to show the temporary password. It changes nothing.
func (p *Pages) temporary(w http.ResponseWriter, r *http.Request) error {
	link, err := p.linkOf(r)
	if err != nil {
		return err
	}
	if _, err := p.Links.Look(r.Context(), link, storage.LinkTemporary); err != nil {
		return p.linkOver(w, r, err)
	}
	pr := p.printer(r, nil)
	pr.keeps, pr.kept = recovery.LinkParameter, link
	return pr.print(w, http.StatusOK, "temporary", temporaryView{
		frame: pr.frame(pr.texts.Temporary.Title, false), Action: recovery.TemporaryPath, Link: link,
	})
}

// temporaryNow shows it, once.
func (p *Pages) temporaryNow(w http.ResponseWriter, r *http.Request) error {
	form, err := p.form(r, recovery.LinkParameter)
	if err != nil {
		return err
	}
	password, until, err := p.Links.Reveal(r.Context(), form.Get(recovery.LinkParameter))
	if err != nil {
		return p.linkOver(w, r, err)
	}
	pr := p.printer(r, nil)
	pr.fleeting = true // it is shown once
	return pr.print(w, http.StatusOK, "temporary", temporaryView{
		frame: pr.frame(pr.texts.Temporary.ShownTitle, false), Password: password, Until: pr.texts.Common.Moment(until),
	})
}
