package flow_test

import (
	"testing"
	"time"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/storage"
)

func TestNextAgreement(t *testing.T) {
	type S = flow.State
	var (
		due  = flow.Agreement{Due: true}
		must = flow.Agreement{Due: true, Must: true}
		step = func(s flow.Step) flow.Decision { return flow.Decision{Step: s} }
		live = flow.Decision{Step: flow.StepIssue, UseSession: true}
	)
	personal, temporary := signedIn(storage.PasswordPersonal), signedIn(storage.PasswordTemporary)
	passwordless := *personal
	passwordless.PasswordKind, passwordless.Passwordless = "", true
	expired := *personal
	expired.PasswordMust = "expired"
	for name, tc := range map[string]struct {
		state S
		want  flow.Decision
	}{
		"nobody is asked":                {S{Agreement: must}, step(flow.StepSignIn)},
		"after the sign-in":              {S{SignedIn: personal, Agreement: due}, step(flow.StepAgreement)},
		"put off":                        {S{SignedIn: personal, Agreement: due, AgreementLater: true}, step(flow.StepIssue)},
		"put off too late":               {S{SignedIn: personal, Agreement: must, AgreementLater: true}, step(flow.StepAgreement)},
		"put off at a first sign-in":     {S{SignedIn: temporary, Agreement: due, AgreementLater: true}, step(flow.StepAgreement)},
		"before the first password":      {S{SignedIn: temporary, Agreement: due}, step(flow.StepAgreement)},
		"accepted":                       {S{SignedIn: temporary}, step(flow.StepChoosePassword)},
		"before an expired password":     {S{SignedIn: &expired, Agreement: must}, step(flow.StepAgreement)},
		"after what one has":             {S{SignedIn: temporary, Agreement: must, Bound: flow.Bound{TOTP: true}}, step(flow.StepSecondFactor)},
		"before what is to be set up":    {S{SignedIn: personal, Agreement: must, Bound: flow.Bound{Required: flow.ACRMFA}}, step(flow.StepAgreement)},
		"without a password":             {S{SignedIn: &passwordless, Agreement: must}, step(flow.StepAgreement)},
		"without a password, put off":    {S{SignedIn: &passwordless, Agreement: due, AgreementLater: true}, step(flow.StepIssue)},
		"a password chosen too early":    {S{SignedIn: temporary, PasswordChosen: true, Agreement: must}, step(flow.StepAgreement)},
		"a session, within the grace":    {S{Session: session(time.Hour), Agreement: due}, live},
		"a session, after it":            {S{Session: session(time.Hour), Agreement: must}, step(flow.StepAgreement)},
		"a session, put off by somebody": {S{Session: session(time.Hour), Agreement: must, AgreementLater: true}, step(flow.StepAgreement)},
		"a session, silently": {
			S{Session: session(time.Hour), Agreement: must, Request: flow.Request{Prompt: []string{"none"}}}, flow.Decision{Error: flow.ErrorInteractionRequired},
		},
		"declined": {S{SignedIn: personal, Agreement: must, Refused: true}, flow.Decision{Error: flow.ErrorAccessDenied}},
	} {
		tc.state.Request.ReceivedAt = received
		got := flow.Next(tc.state)
		got.Description = ""
		if got != tc.want {
			t.Errorf("%s: %+v, want %+v", name, got, tc.want)
		}
	}
}
