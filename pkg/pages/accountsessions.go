package pages

import (
	"net/http"

	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

const accountSessionsPath = accountPath + "/sessions"

type accountSessionsView struct {
	frame
	Action, SignOut string
	Sessions        []sessionRow
	// Others says that there is more than the session of this browser.
	Others bool
}

// sessionRow is a session in words.
type sessionRow struct {
	T                                 *Texts
	ID, Browser, Address, Since, Last string
	// Ends is when it ends by itself, if nobody does anything in it; empty where that
	// is not told.
	Ends         string
	Applications []string
	// Here says that it is this browser's.
	Here bool
}

// accountSessions shows somebody who is signed in where else they are.
func (p *Pages) accountSessions(w http.ResponseWriter, r *http.Request) error {
	pr, current, ok, err := p.visit(w, r, accountSessionsPath)
	if err != nil || !ok {
		return err
	}
	all, err := p.Sessions.Own(r.Context(), current.PersonID)
	if err != nil {
		return err
	}
	view := accountSessionsView{
		frame: pr.frame(pr.texts.AccountSessions.Title, false), Action: accountSessionsPath, SignOut: signOutPath, Others: len(all) > 1,
	}
	for _, one := range all {
		view.Sessions = append(view.Sessions, p.sessionRow(pr.texts, one, current))
	}
	return pr.print(w, http.StatusOK, "account-sessions", view)
}

func (p *Pages) sessionRow(texts *Texts, one, current storage.Session) sessionRow {
	row := sessionRow{
		T: texts, ID: one.ID, Browser: BrowserName(one.UserAgent), Address: one.Address, Here: one.ID == current.ID,
		Since: texts.Common.Moment(one.CreatedAt), Last: texts.Common.Moment(one.LastActivity),
	}
	if row.Browser == "" {
		row.Browser = texts.AccountSessions.Unknown
	}
	for _, id := range one.Clients {
		row.Applications = append(row.Applications, p.applicationName(id))
	}
	return row
}

// accountSessionsNow ends one of the others, or all of them.
func (p *Pages) accountSessionsNow(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	form, err := p.form(r, "session", "others")
	if err != nil {
		return err
	}
	_, current, ok, err := p.visit(w, r, accountSessionsPath)
	if err != nil || !ok {
		return err
	}
	if _, err := p.Sessions.Touch(ctx, current.ID); err != nil {
		return err
	}
	switch id := form.Get("session"); {
	case form.Get("others") != "":
		err = p.Sessions.EndOthers(ctx, current.PersonID, current.ID, session.ReasonLogout)
	case id == current.ID: // which has a page of its own, and a last one
		http.Redirect(w, r, signOutPath, http.StatusSeeOther)
		return nil
	case id != "":
		err = p.Sessions.EndOwn(ctx, current.PersonID, id)
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, accountSessionsPath, http.StatusSeeOther)
	return nil
}
