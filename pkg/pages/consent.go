package pages

import (
	"errors"
	"net/http"
	"slices"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/web"
	"github.com/claviger-id/claviger/storage"
)

type consentView struct {
	frame
	Action      string
	Application string
	// Device says that the application is on another device.
	Device bool
	// UserID is who is asked; may be empty.
	UserID string
	// Another is where to say that it is somebody else.
	Another string
	// Shares says in words what the application gets to know.
	Shares []string
}

// consent asks whether an application may know who the person is.
func (p *Pages) consent(w http.ResponseWriter, r *http.Request) error {
	in, ok, err := p.turn(w, r, flow.StepConsent)
	if err != nil || !ok {
		return err
	}
	asked, pr := in.State.Request, p.printer(r, in)
	texts := pr.texts.Consent
	view := consentView{
		frame:  pr.frame(texts.Title, true),
		Action: flow.PathFor(flow.StepConsent, in.ID), Application: asked.ClientName, Device: asked.Device != "",
		Another: flow.PathFor(flow.StepChooseAccount, in.ID),
	}
	for _, scope := range slices.Concat(asked.Scopes, asked.ClaimScopes) {
		if words := texts.Scope(scope); words != "" {
			view.Shares = append(view.Shares, words)
		}
	}
	if id := in.State.PersonID(); p.UserID != nil && id != "" {
		if view.UserID, err = p.UserID(r.Context(), id); err != nil {
			return err
		}
	}
	if asked.RedirectURI != "" {
		web.AllowFormAction(w, asked.RedirectURI)
	}
	return pr.print(w, http.StatusOK, "consent", view)
}

// consentNow records the answer.
func (p *Pages) consentNow(w http.ResponseWriter, r *http.Request) error {
	form, err := p.form(r, "answer")
	if err != nil {
		return err
	}
	in, ok, err := p.turn(w, r, flow.StepConsent)
	if err != nil || !ok {
		return err
	}
	// Anything but the button that says yes is a no.
	err = p.Interactions.RecordConsent(r.Context(), in, form.Get("answer") == "allow")
	return p.recorded(w, r, in, err)
}

// facts puts the browser's live session into the state, for what looks at nothing else.
func (p *Pages) facts(r *http.Request, in *flow.Interaction) error {
	s, err := p.live(r)
	if err == nil && s != nil && (p.Suits == nil || p.Suits(in.State.Request.ClientID, *s)) {
		in.State.Session = flow.FactsOf(*s)
	}
	return err
}

// live is the session of this browser; nil where there is none.
func (p *Pages) live(r *http.Request) (*storage.Session, error) {
	s, err := p.Sessions.Resolve(r.Context(), p.Cookies.Session(r))
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil // nobody is signed in, which is no error
	}
	if err != nil {
		return nil, err
	}
	return &s, nil
}
