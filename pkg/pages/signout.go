package pages

import (
	"errors"
	"net/http"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

const signOutPath = "/sign-out"

type signOutView struct {
	frame
	Action string
}

// signOut asks whether to sign out. The question is asked whenever a request
// does not prove that the person wants it (OpenID Connect RP-Initiated Logout
// 1.0 section 2).
func (p *Pages) signOut(w http.ResponseWriter, r *http.Request) error {
	_, err := p.Sessions.Resolve(r.Context(), p.Cookies.Session(r))
	if errors.Is(err, storage.ErrNotFound) {
		return p.leave(w, r)
	}
	if err != nil {
		return err
	}
	pr := p.printer(r, nil)
	return pr.print(w, http.StatusOK, "sign-out", signOutView{
		frame:  pr.frame(pr.texts.SignOut.Title, false),
		Action: signOutPath,
	})
}

// signOutNow ends the session, its grants and its cookie.
func (p *Pages) signOutNow(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	current, err := p.Sessions.Resolve(ctx, p.Cookies.Session(r))
	if errors.Is(err, storage.ErrNotFound) {
		return p.leave(w, r)
	}
	if err != nil {
		return err
	}
	if err := p.Sessions.End(ctx, current.ID, session.ReasonLogout); err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	return p.part(w, r, current)
}

// part goes from a session that has ended to the last page, which says what became of
// its applications: they are told, as far as they answer soon.
func (p *Pages) part(w http.ResponseWriter, r *http.Request, current storage.Session) error {
	if p.Tell != nil {
		p.Tell(r.Context(), current.ID)
	}
	kept, err := p.Interactions.Part(current)
	if err != nil {
		return err
	}
	p.Cookies.SetParted(w, kept, int(flow.PartingLife.Seconds()))
	if p.Frames != nil {
		if frames := p.Frames(current); len(frames) > 0 {
			p.Cookies.SignOut(w)
			return p.SigningOut(w, r, frames, signedOutPath)
		}
	}
	return p.leave(w, r)
}

// leave drops the cookies and goes to the last page. Clear-Site-Data comes with
// that page, not with the redirect: browsers apply it before they go on, and
// some take seconds.
func (p *Pages) leave(w http.ResponseWriter, r *http.Request) error {
	p.Cookies.SignOut(w)
	http.Redirect(w, r, signedOutPath, http.StatusSeeOther)
	return nil
}
