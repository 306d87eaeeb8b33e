package pages

import (
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/pkg/web"
)

// maxUserID is more than any User ID has.
const maxUserID = 254

type signInView struct {
	frame
	Action      string
	Application string
	// Own says that the person wants to see a page of ours, Again that they are signed
	// in already.
	Own, Again bool
	// Passkey is nil where there are none.
	Passkey *passkeyForm
	UserID  string
	Shared  bool
	// ForgotPassword and ForgotUserID lead to who helps; empty where nobody does.
	ForgotPassword, ForgotUserID string
	// Apply leads to the form for an account; empty where there is none.
	Apply string
	// SharedIdle is the idle limit of a shared computer, in words.
	SharedIdle string
	// Ended says why the session of this browser is over, or why to sign in again.
	Ended string
	// Message says what was wrong with the last attempt.
	Message                string
	BadUserID, BadPassword bool
}

// signIn shows the page.
func (p *Pages) signIn(w http.ResponseWriter, r *http.Request) error {
	in, ok, err := p.turn(w, r, flow.StepSignIn)
	if err != nil || !ok {
		return err
	}
	view, err := p.signInView(r, in)
	if err != nil {
		return err
	}
	if view.Ended = view.T.SignIn.Afresh.note(in.State.Again); view.Ended == "" {
		if view.Ended, err = p.ended(r, view.T.SignIn.Ended); err != nil {
			return err
		}
	}
	if hint := in.State.Request.LoginHint; len(hint) <= maxUserID {
		view.UserID = strings.TrimSpace(hint)
	}
	if view.Again && p.UserID != nil {
		if view.UserID, err = p.UserID(r.Context(), in.State.Session.PersonID); err != nil {
			return err
		}
		view.Shared = in.State.Session.Shared
	}
	return p.printSignIn(w, in, http.StatusOK, view)
}

// signInNow checks the User ID and the password, and records the sign-in. It does so
// whatever has been done already: who goes back to the page, or has it open in
// another tab, and signs in there means it, most of all where it is somebody else.
func (p *Pages) signInNow(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	form, err := p.form(r, "userid", "password", "shared", "cancel")
	if err != nil {
		return err
	}
	loaded, ok, err := p.load(w, r, true)
	if err != nil || !ok {
		return err
	}
	in := &loaded
	switch {
	case in.State.Refused: // no is no
		p.resume(w, r, in.ID)
		return nil
	case form.Has("cancel"):
		return p.recorded(w, r, in, p.Interactions.RecordRefusal(ctx, in))
	}
	userID, password := strings.TrimSpace(form.Get("userid")), form.Get("password")
	shared := form.Get("shared") != ""
	view, err := p.signInView(r, in)
	if err != nil {
		return err
	}
	view.Shared = shared
	view.UserID = shorten(userID, maxUserID)

	texts := p.printer(r, in).texts
	switch {
	case userID == "":
		view.Message, view.BadUserID = texts.SignIn.MissingUserID, true
		return p.printSignIn(w, in, http.StatusUnprocessableEntity, view)
	case password == "":
		view.Message, view.BadPassword = texts.SignIn.MissingPassword, true
		return p.printSignIn(w, in, http.StatusUnprocessableEntity, view)
	}

	verified, err := p.Credentials.Verify(ctx, credential.SignIn{
		UserID: userID, Password: password, Device: p.Cookies.Device(r), Remember: !shared, Browser: BrowserName(r.UserAgent()),
	})
	if err != nil {
		found := problem.From(err)
		wait := texts.Common.Wait(found.RetryAfter)
		// 401 would have to name a scheme of HTTP authentication (RFC 9110
		// section 15.5.2), and there is none here.
		status := http.StatusUnprocessableEntity
		switch found.Code {
		case problem.Unauthenticated, problem.Invalid:
			view.Message, view.BadUserID, view.BadPassword = texts.SignIn.Wrong, true, true
		case problem.Limited:
			status, view.Message = http.StatusTooManyRequests, texts.SignIn.Limited(wait)
		case problem.Unavailable:
			status, view.Message = http.StatusServiceUnavailable, texts.SignIn.Busy(wait)
		default:
			return err
		}
		web.RetryAfter(w, err)
		return errors.Join(p.printSignIn(w, in, status, view), err)
	}

	proven := verified.At
	if verified.Must == credential.MustCompromised {
		// Whoever else knows it may have signed in with it. Only this sign-in counts.
		if err := p.Sessions.EndByPerson(ctx, verified.PersonID, session.ReasonCompromised); err != nil {
			return err
		}
		proven = p.Interactions.Now()
	}
	if verified.Device != "" {
		p.Cookies.SetDevice(w, verified.Device)
	}
	err = p.Interactions.RecordSignIn(ctx, in, flow.SignedIn{
		PersonID: verified.PersonID, Subject: verified.Subject,
		AMR: []string{"pwd"}, AuthTime: verified.At, ProvenAt: proven,
		PasswordKind: verified.Kind, PasswordVersion: verified.Version, Shared: shared,
		PasswordMust: verified.Must, PasswordMay: verified.May, PasswordExpires: verified.ExpiresAt,
	})
	return p.recorded(w, r, in, err)
}

func (p *Pages) signInView(r *http.Request, in *flow.Interaction) (signInView, error) {
	pr := p.printer(r, in)
	view := signInView{
		frame:       pr.frame(pr.texts.SignIn.Title, true),
		Action:      flow.PathFor(flow.StepSignIn, in.ID),
		Application: in.State.Request.ClientName, Own: in.State.Request.Own != "",
		SharedIdle: pr.texts.Common.Span(p.Sessions.Limits.SharedIdle),
	}
	if view.Own {
		if err := p.facts(r, in); err != nil {
			return view, err
		}
		view.Again = in.State.Session != nil && !in.State.Another
	}
	if p.Apply != nil {
		view.Apply = applyPath
	}
	if p.Recovery != nil {
		view.ForgotPassword, view.ForgotUserID = forgotPasswordPath, forgotUserIDPath
	}
	if p.Factors == nil || p.Factors.Passkeys == nil {
		return view, nil
	}
	asked, err := p.Factors.AskPasskey(r.Context(), "", in.ID)
	view.Passkey = p.passkeyForm("autofill", signInPasskeyPath(in.ID), asked)
	return view, err
}

func (p *Pages) printSignIn(w http.ResponseWriter, in *flow.Interaction, status int, view signInView) error {
	view.Problem = view.Message != ""
	web.AllowFormAction(w, in.State.Request.RedirectURI)
	return view.by.print(w, status, "sign-in", view)
}

// shorten cuts s to at most n bytes of valid UTF-8.
func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
