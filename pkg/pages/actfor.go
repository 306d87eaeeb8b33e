package pages

import (
	"net/http"
	"slices"
	"time"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/web"
)

type actForView struct {
	frame
	Action      string
	Application string
	// UserID is who has signed in; may be empty.
	UserID string
	// Over says that what was chosen before is over.
	Over    bool
	Choices []actForChoice
}

// actForChoice is somebody for whom the person may act, in words.
type actForChoice struct {
	// Choice is what the form says.
	Choice                       string
	Name, UserID, Purpose, Until string
}

// actFor asks for whom the person acts in an application: themselves first.
func (p *Pages) actFor(w http.ResponseWriter, r *http.Request) error {
	in, ok, err := p.turn(w, r, flow.StepActFor)
	if err != nil || !ok {
		return err
	}
	asked, pr := in.State.Request, p.printer(r, in)
	who := in.State.PersonID()
	view := actForView{
		frame: pr.frame(pr.texts.ActFor.Title, true), Action: flow.PathFor(flow.StepActFor, in.ID), Application: asked.ClientName,
	}
	chosen := in.State.Choice()
	view.Over = chosen != "" && chosen != flow.Oneself && !slices.ContainsFunc(in.State.Mandates, func(m flow.Mandate) bool { return m.Delegation == chosen })
	if p.UserID != nil {
		if view.UserID, err = p.UserID(r.Context(), who); err != nil {
			return err
		}
	}
	_, all, err := p.Access.DelegationsOf(r.Context(), who, audit.Actor{Type: "person", ID: who})
	if err != nil {
		return err
	}
	for _, d := range all {
		if slices.ContainsFunc(in.State.Mandates, func(m flow.Mandate) bool { return m.Delegation == d.ID }) {
			view.Choices = append(view.Choices, actForChoiceOf(pr.texts, d))
		}
	}
	if asked.RedirectURI != "" {
		web.AllowFormAction(w, asked.RedirectURI)
	}
	return pr.print(w, http.StatusOK, "act-for", view)
}

func actForChoiceOf(t *Texts, d access.Delegation) actForChoice {
	return actForChoice{
		Choice: d.ID, Name: d.Principal.Name, UserID: d.Principal.UserID, Purpose: t.Delegations.Purpose(d.Purpose),
		Until: t.Delegations.Until(t.Common.Day(lastDayOf(d.EndsAt))),
	}
}

// lastDayOf is the last day of what ends at a moment.
func lastDayOf(end time.Time) time.Time { return end.Add(-time.Microsecond) }

// actForNow records the choice.
func (p *Pages) actForNow(w http.ResponseWriter, r *http.Request) error {
	form, err := p.form(r, "choice")
	if err != nil {
		return err
	}
	in, ok, err := p.turn(w, r, flow.StepActFor)
	if err != nil || !ok {
		return err
	}
	choice := form.Get("choice")
	if choice != flow.Oneself && !slices.ContainsFunc(in.State.Mandates, func(m flow.Mandate) bool { return m.Delegation == choice }) {
		// It ended this very moment, or nobody offered it. The page says what there is.
		http.Redirect(w, r, flow.PathFor(flow.StepActFor, in.ID), http.StatusSeeOther)
		return nil
	}
	return p.recorded(w, r, in, p.Interactions.RecordActing(r.Context(), in, choice))
}
