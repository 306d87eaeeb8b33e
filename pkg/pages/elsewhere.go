package pages

import (
	"errors"
	"net/http"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/web"
	"github.com/claviger-id/claviger/storage"
)

type elsewhereView struct {
	frame
	Action, Again string
	// May says that the person may end one of the sessions here.
	May      bool
	Sessions []elsewhereRow
}

// elsewhereRow is a session that is in the way.
type elsewhereRow struct {
	sessionRow
	// Ends is when it ends by itself, if nobody does anything in it.
	Ends string
}

// elsewhere shows somebody who is signed in at as many places as they may be where that
// is. Who has proven more than a password may sign out there: a password alone, which
// somebody else may have come by, ends nothing that its owner is at.
func (p *Pages) elsewhere(w http.ResponseWriter, r *http.Request) error {
	in, ok, err := p.turn(w, r, flow.StepElsewhere)
	if err != nil || !ok {
		return err
	}
	here, err := p.here(r)
	if err != nil {
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
		view.Sessions = append(view.Sessions, elsewhereRow{sessionRow: p.sessionRow(pr.texts, one, storage.Session{}), Ends: pr.texts.Common.Moment(one.Deadline)})
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
	in, ok, err := p.turn(w, r, flow.StepElsewhere)
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

// crowded says that no session may begin for who has signed in.
func (p *Pages) crowded(r *http.Request, s flow.State) (bool, error) {
	if s.SignedIn == nil {
		return false, nil
	}
	here, err := p.here(r)
	if err != nil {
		return false, err
	}
	return p.Sessions.Crowded(r.Context(), s.NewPerson(), here)
}

// here is the id of the session of this browser, which a new one replaces; empty where
// there is none.
func (p *Pages) here(r *http.Request) (string, error) {
	s, err := p.Sessions.Resolve(r.Context(), p.Cookies.Session(r))
	if errors.Is(err, storage.ErrNotFound) {
		return "", nil
	}
	return s.ID, err
}
