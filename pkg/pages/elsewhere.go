package pages

import (
	"net/http"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/web"
	"github.com/claviger-id/claviger/storage"
)

type elsewhereView struct {
	frame
	Action, Again string
	// May says that the person may end one of the sessions here.
	May bool
	// Sessions are those that are in the way. Who may not end them sees in which browser
	// they are, and since when, and nothing else of where their owner is.
	Sessions []sessionRow
}

// elsewhere shows somebody who is signed in at as many places as they may be where that
// is. Who has proven more than a password may sign out there: a password alone, which
// somebody else may have come by, ends nothing that its owner is at, and does not tell
// where they are at work, until when, or from which address.
func (p *Pages) elsewhere(w http.ResponseWriter, r *http.Request) error {
	in, here, ok, err := p.turnElsewhere(w, r)
	if err != nil || !ok {
		return err
	}
	all, err := p.Sessions.Elsewhere(r.Context(), in.State.NewPerson(), here)
	if err != nil {
		return err
	}
	pr := p.printer(r, in)
	view := elsewhereView{
		frame: pr.frame(pr.texts.Elsewhere.Title, true), Action: flow.PathFor(flow.StepElsewhere, in.ID), Again: flow.ResumePath(in.ID),
		May: mayEnd(in.State),
	}
	for _, one := range all {
		row := p.sessionRow(pr.texts, one, storage.Session{})
		row.Ends = pr.texts.Common.Moment(one.Deadline)
		if !view.May {
			row = sessionRow{T: row.T, Browser: row.Browser, Since: row.Since}
		}
		view.Sessions = append(view.Sessions, row)
	}
	if to := in.State.Request.RedirectURI; to != "" {
		web.AllowFormAction(w, to)
	}
	return pr.print(w, http.StatusOK, "elsewhere", view)
}

// mayEnd says that who has signed in has proven enough to end another session.
func mayEnd(s flow.State) bool {
	return s.SignedIn != nil && flow.Reaches(flow.ClassOf(s.SignedIn.AMR), flow.ACRMFA)
}

// elsewhereNow ends one of the sessions, or goes back to the application.
func (p *Pages) elsewhereNow(w http.ResponseWriter, r *http.Request) error {
	form, err := p.form(r, "session", "cancel")
	if err != nil {
		return err
	}
	in, _, ok, err := p.turnElsewhere(w, r)
	if err != nil || !ok {
		return err
	}
	if form.Has("cancel") {
		return p.recorded(w, r, in, p.Interactions.RecordRefusal(r.Context(), in))
	}
	if id := form.Get("session"); id != "" && mayEnd(in.State) {
		if err := p.Sessions.EndOwn(r.Context(), in.State.NewPerson(), id); err != nil {
			return err
		}
	}
	p.resume(w, r, in.ID)
	return nil
}

// turnElsewhere is turn for a page that shows where somebody is, and that ends sessions:
// it asks of a sign-in what a session that begins with it is asked. Somebody whose
// password was replaced meanwhile, or who added a factor to a session that is over, learns
// nothing here and ends nothing. here is the session of this browser, which a new one
// replaces; empty where there is none.
func (p *Pages) turnElsewhere(w http.ResponseWriter, r *http.Request) (in *flow.Interaction, here string, ok bool, err error) {
	in, ok, err = p.turn(w, r, flow.StepElsewhere)
	if err != nil || !ok {
		return nil, "", false, err
	}
	current, err := p.live(r)
	if err != nil {
		return nil, "", false, err
	}
	if current != nil {
		here = current.ID
	}
	who := *in.State.SignedIn
	stands := who.Raises == "" || who.Raises == here
	if stands {
		if stands, err = p.Stands(r.Context(), who); err != nil {
			return nil, "", false, err
		}
	}
	if !stands {
		return nil, "", false, p.recorded(w, r, in, p.Interactions.StartOver(r.Context(), in, flow.AgainVoid))
	}
	return in, here, true, nil
}
