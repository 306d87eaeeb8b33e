package pages

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/agreement"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/brand"
	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/factor"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/recovery"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/pkg/web"
	"github.com/claviger-id/claviger/storage"
)

// Pages serves the hosted pages. Its Fault is the browser mux's.
type Pages struct {
	Interactions *flow.Interactions
	Credentials  *credential.Service
	Sessions     *session.Service
	// Owe notes in the transaction of a change which sessions end with it; nil: nothing
	// is noted.
	Owe func(ctx context.Context, tx storage.Tx, personID string, due session.Due) error
	// Factors are what people have besides the password, and Bound says what the
	// flow looks at of them; both nil: there are none. Strictest is the class that
	// policy asks of anybody at all; empty: of nobody.
	Factors   *factor.Service
	Bound     func(ctx context.Context, personID string) (flow.Bound, error)
	Strictest string
	// Agreements is the Use Agreement, and Agreement says what the flow looks at of
	// it; both nil: there is none.
	Agreements *agreement.Service
	Agreement  func(ctx context.Context, personID string) (flow.Agreement, error)
	// UserID returns the User ID of a person, so that password managers file
	// the new password under it. It may be nil; the interaction does not hold
	// the User ID, because it would stand there in the clear.
	UserID func(ctx context.Context, personID string) (string, error)
	// Profile returns what is known of a person, for that person, and records that it
	// was read; nil: nobody sees it.
	Profile func(ctx context.Context, personID string) (person.Profile, error)
	// Activity returns up to limit events about a person for that person, the newest
	// first, before the one with an id, and records that they were read; nil: nobody
	// sees them.
	Activity func(ctx context.Context, personID, before string, limit int) ([]audit.Entry, error)
	// Authorized returns what applications hold of a person, and Withdraw takes it from
	// one of them. package oidc has them; nil: nobody sees it.
	Authorized func(ctx context.Context, personID string) ([]storage.Grant, []storage.Consent, error)
	Withdraw   func(ctx context.Context, personID, clientID string, by audit.Actor) error
	// Frames returns what the browser has to load when a session ends. package
	// oidc has it; nil: nothing.
	Frames func(storage.Session) []string
	// Tell tells the applications of a session that it is over, as far as they answer
	// soon. package oidc has it; nil: they are told later.
	Tell func(ctx context.Context, sessionID string)
	// Ledger returns what became of that; nil: nobody sees it.
	Ledger func(ctx context.Context, sessionID string) ([]storage.Logout, error)
	// ApplicationName is what people know an application by; nil: its id.
	ApplicationName func(clientID string) string
	// Suits says that a live session does for an application. package oidc has it;
	// nil: every one does.
	Suits func(clientID string, s storage.Session) bool
	// Entrance is where somebody goes to use an application again, or empty. package
	// oidc has it; nil: nowhere.
	Entrance func(clientID string) string
	// EnterDeviceCode begins the sign-in for a device whose code was entered.
	// package oidc has it.
	EnterDeviceCode func(w http.ResponseWriter, r *http.Request, userCode string) error
	// Recall brings into a state what is looked up each time, as the dispatcher does;
	// current is the live session of the browser, or nil. package oidc has it.
	Recall func(ctx context.Context, s *flow.State, current *storage.Session) error
	// Stands says that what somebody proved in a sign-in is still true. package oidc
	// has it.
	Stands func(ctx context.Context, who flow.SignedIn) (bool, error)
	// ActingApplications are those in which people may act for others, by id. package
	// oidc has them; nil where nobody acts for anybody.
	ActingApplications func() []string
	// ForgetActing has the person of a session say anew for whom they act.
	ForgetActing func(ctx context.Context, s storage.Session) error
	// Access is who belongs to which organization, and who acts for whom.
	Access *access.Service
	// Apply takes the applications for accounts; nil: there is no form.
	Apply *enroll.Form
	// Recovery answers those who have forgotten something; nil where nothing is
	// mailed. Links shows temporary passwords to who was sent a link; nil where
	// none are sent.
	Recovery, Links *recovery.Service
	Cookies         web.Cookies
	// Brand is the operator's own part of every page, and Brands what it is on the
	// pages of a sign-in to some applications, by their identifiers.
	Brand  brand.Brand
	Brands map[string]brand.Brand
	// Host is the issuer's host as the address bar shows it. It may be empty.
	Host string
	// Language is the tag of the catalogue that is spoken where nobody wishes for
	// another one; empty: the first.
	Language string
	// Zone is the time zone in which moments are said; nil leaves them as they come, in UTC.
	Zone *time.Location
	// Application is what people call the application that they use first, and
	// ApplicationURL where they open it; both may be empty.
	Application, ApplicationURL string
	Log                         *slog.Logger

	once    sync.Once
	pressed *press
}

// turn loads the interaction in the address and asks the flow whether it is the
// turn of one of these steps. When it is not, the browser has been sent where it
// belongs and ok is false.
func (p *Pages) turn(w http.ResponseWriter, r *http.Request, steps ...flow.Step) (in *flow.Interaction, ok bool, err error) {
	loaded, ok, err := p.load(w, r, slices.Contains(steps, flow.StepSignIn))
	if err != nil || !ok {
		return nil, false, err
	}
	if who := loaded.State.SignedIn; who != nil {
		switch counts, err := p.Sessions.SignInCounts(r.Context(), who.PersonID, who.ProvenAt); {
		case err != nil:
			return nil, false, err
		case !counts: // no factor is bound by it, and no password chosen
			return nil, false, p.recorded(w, r, &loaded, p.Interactions.StartOver(r.Context(), &loaded, flow.AgainVoid))
		}
	}
	current, err := p.live(r)
	if err != nil {
		return nil, false, err
	}
	if err := p.Recall(r.Context(), &loaded.State, current); err != nil {
		return nil, false, err
	}
	if !slices.Contains(steps, flow.Next(loaded.State).Step) {
		p.resume(w, r, loaded.ID)
		return nil, false, nil
	}
	return &loaded, true, nil
}

// load loads the interaction in the address, or begins it again. Who signs in needs
// nothing of what was done before. When ok is false, the browser has been sent
// elsewhere, or was shown a page.
func (p *Pages) load(w http.ResponseWriter, r *http.Request, signsIn bool) (in flow.Interaction, ok bool, err error) {
	in, err = p.Interactions.Load(r.Context(), r.PathValue("id"), p.Cookies.Browser(r))
	if err != nil && problem.From(err).Code == problem.NotFound {
		return p.again(w, r, signsIn, err)
	}
	return in, err == nil, err
}

// resume goes back to the dispatcher.
func (p *Pages) resume(w http.ResponseWriter, r *http.Request, id string) {
	http.Redirect(w, r, flow.ResumePath(id), http.StatusSeeOther) //nolint:gosec // a path of ours, with an id that was found in the store
}

// recorded goes back to the dispatcher after a step was recorded, or was
// recorded by another request of the same browser in the meantime: the
// dispatcher looks at what stands.
func (p *Pages) recorded(w http.ResponseWriter, r *http.Request, in *flow.Interaction, err error) error {
	switch {
	case err == nil, errors.Is(err, storage.ErrStale):
		p.resume(w, r, in.ID)
		return nil
	case problem.From(err).Code == problem.Conflict:
		p.resume(w, r, in.ID)
		return err
	case problem.From(err).Code == problem.NotFound:
		// It ended this very moment. The dispatcher knows what to do.
		p.resume(w, r, in.ID)
		return nil
	}
	return err
}

// form reads a form and refuses one that repeats a field. Fields that the page
// does not have are ignored.
func (p *Pages) form(r *http.Request, fields ...string) (url.Values, error) {
	all, err := web.Form(r)
	if err != nil {
		return nil, err
	}
	form := url.Values{}
	for _, name := range fields {
		if len(all[name]) > 1 {
			return nil, problem.New(problem.Invalid, "The form holds a field twice.").Because(problem.Unreadable)
		}
		if all.Has(name) {
			form.Set(name, all.Get(name))
		}
	}
	return form, nil
}
