package pages

import (
	"errors"
	"net/http"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/web"
)

type secondFactorView struct {
	frame
	Action string
	// Passkey is nil where the person has none.
	Passkey *passkeyForm
	// TOTP and Recovery say what may be entered.
	TOTP, Recovery bool
	Shared         bool
	// Message says what was wrong with the last attempt, BadCode and BadRecovery
	// where.
	Message              string
	BadCode, BadRecovery bool
}

// secondFactor asks for a second factor that the person has.
func (p *Pages) secondFactor(w http.ResponseWriter, r *http.Request) error {
	in, ok, err := p.turn(w, r, flow.StepSecondFactor)
	if err != nil || !ok {
		return err
	}
	view, err := p.secondFactorView(r, in)
	if err != nil {
		return err
	}
	return p.printSecondFactor(w, in, http.StatusOK, view)
}

// secondFactorNow checks a code.
func (p *Pages) secondFactorNow(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	form, err := p.form(r, "code", "recovery", "cancel")
	if err != nil {
		return err
	}
	in, ok, err := p.turn(w, r, flow.StepSecondFactor)
	if err != nil || !ok {
		return err
	}
	if form.Has("cancel") {
		return p.recorded(w, r, in, p.Interactions.RecordRefusal(ctx, in))
	}
	view, err := p.secondFactorView(r, in)
	if err != nil {
		return err
	}
	all, recovering := p.printer(r, in).texts, form.Has("recovery")
	texts := all.SecondFactor
	entered := form.Get("code")
	if recovering {
		entered = form.Get("recovery")
	}
	view.BadCode, view.BadRecovery = !recovering, recovering
	if entered == "" {
		view.Message = texts.Missing
		return p.printSecondFactor(w, in, http.StatusUnprocessableEntity, view)
	}
	// A one-time password does not reach what a passkey does, and is not asked for
	// where one is needed.
	at := p.Interactions.Now()
	switch {
	case recovering && view.Recovery:
		err = p.Factors.VerifyRecovery(ctx, in.State.PersonID(), entered)
	case !recovering && view.TOTP:
		err = p.Factors.VerifyTOTP(ctx, in.State.PersonID(), entered)
	default:
		p.resume(w, r, in.ID)
		return nil
	}
	if err == nil {
		return p.recorded(w, r, in, p.Interactions.RecordFactor(ctx, in, at, flow.AMROneTime))
	}
	status, found := http.StatusUnprocessableEntity, problem.From(err)
	switch found.Code {
	case problem.Unauthenticated:
		view.Message = texts.Wrong
		if recovering {
			view.Message = texts.WrongRecovery
		}
	case problem.Denied:
		view.Message = texts.Disabled
	case problem.Limited:
		status, view.Message = http.StatusTooManyRequests, all.SignIn.Limited(all.Common.Wait(found.RetryAfter))
	default:
		return err
	}
	web.RetryAfter(w, err)
	return errors.Join(p.printSecondFactor(w, in, status, view), err)
}

func (p *Pages) secondFactorView(r *http.Request, in *flow.Interaction) (secondFactorView, error) {
	pr := p.printer(r, in)
	view := secondFactorView{
		frame: pr.frame(pr.texts.SecondFactor.Title, true), Action: flow.PathFor(flow.StepSecondFactor, in.ID),
	}
	who, now := in.State.SignedIn, in.State.Session
	view.Shared = who != nil && who.Shared || who == nil && now != nil && now.Shared
	bound, err := p.Factors.Bound(r.Context(), in.State.PersonID())
	view.TOTP, view.Recovery = bound.TOTP > 0, bound.Codes > 0
	if in.State.OnlyPasskey() {
		view.TOTP, view.Recovery = false, false
	}
	if err != nil || bound.Passkeys == 0 || p.Factors.Passkeys == nil {
		return view, err
	}
	asked, err := p.Factors.AskPasskey(r.Context(), in.State.PersonID(), in.ID)
	view.Passkey = p.passkeyForm("get", secondFactorPasskeyPath(in.ID), asked)
	return view, err
}

func (p *Pages) printSecondFactor(w http.ResponseWriter, in *flow.Interaction, status int, view secondFactorView) error {
	view.Problem = view.Message != ""
	web.AllowFormAction(w, in.State.Request.RedirectURI)
	return view.by.print(w, status, "second-factor", view)
}
