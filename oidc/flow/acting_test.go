package flow_test

import (
	"testing"
	"time"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/storage"
)

func TestNextActing(t *testing.T) {
	type S = flow.State
	type R = flow.Request
	var (
		bea, cleo = flow.Mandate{Delegation: "d1", PersonID: "b", Subject: "bea"}, flow.Mandate{Delegation: "d2", PersonID: "c", Subject: "cleo"}
		all       = []flow.Mandate{bea, cleo}
		asked     = flow.Decision{Step: flow.StepActFor}
		in        = signedIn(storage.PasswordPersonal)
		temporary = signedIn(storage.PasswordTemporary)
		live      = session(time.Hour)
		none      = R{Prompt: []string{"none"}}
		again     = R{Prompt: []string{"select_account"}}
		raised    = *in
		required  = flow.Decision{Error: flow.ErrorLoginRequired}
		selection = flow.Decision{Error: flow.ErrorSelection}
		self      = flow.Decision{Step: flow.StepIssue}
		selfLive  = flow.Decision{Step: flow.StepIssue, UseSession: true}
		issue     = func(m flow.Mandate) flow.Decision { return flow.Decision{Step: flow.StepIssue, Acts: m} }
		fromLive  = func(m flow.Mandate) flow.Decision {
			return flow.Decision{Step: flow.StepIssue, Acts: m, UseSession: true}
		}
	)
	raised.Raises = live.ID
	for name, tc := range map[string]struct {
		state S
		want  flow.Decision
	}{
		"nobody to act for":            {S{SignedIn: in}, self},
		"somebody to act for":          {S{SignedIn: in, Mandates: all}, asked},
		"chosen":                       {S{SignedIn: in, Mandates: all, ActsFor: "d2"}, issue(cleo)},
		"as oneself":                   {S{SignedIn: in, Mandates: all, ActsFor: flow.Oneself}, self},
		"chosen, and over since":       {S{SignedIn: in, Mandates: []flow.Mandate{cleo}, ActsFor: "d1"}, asked},
		"chosen, and all over since":   {S{SignedIn: in, ActsFor: "d1"}, asked},
		"nobody is asked before":       {S{Mandates: all}, flow.Decision{Step: flow.StepSignIn}},
		"a password comes first":       {S{SignedIn: temporary, Mandates: all}, flow.Decision{Step: flow.StepChoosePassword}},
		"barred as who was chosen":     {S{SignedIn: in, Mandates: all, ActsFor: "d1", Barred: true}, flow.Decision{Error: flow.ErrorAccessDenied}},
		"barred, and not chosen":       {S{SignedIn: in, Mandates: all, Barred: true}, asked},
		"consent comes after":          {S{SignedIn: in, Mandates: all, Request: R{AskConsent: true}}, asked},
		"a session":                    {S{Session: live, Mandates: all}, asked},
		"a session, nobody":            {S{Session: live}, selfLive},
		"a session, remembered":        {S{Session: live, Mandates: all, Remembered: "d1"}, fromLive(bea)},
		"a session, chosen anew":       {S{Session: live, Mandates: all, Remembered: "d1", ActsFor: "d2"}, fromLive(cleo)},
		"a session, remembered, over":  {S{Session: live, Mandates: []flow.Mandate{cleo}, Remembered: "d1"}, asked},
		"a session, all over":          {S{Session: live, Remembered: "d1"}, asked},
		"a session, oneself, all over": {S{Session: live, Remembered: flow.Oneself}, selfLive},
		"after a second factor":        {S{Session: live, SignedIn: &raised, Mandates: all, Remembered: "d1"}, issue(bea)},
		"select_account":               {S{SignedIn: in, Mandates: all, Remembered: "d1", Request: again}, asked},
		"select_account, chosen":       {S{SignedIn: in, Mandates: all, ActsFor: "d1", Request: again}, issue(bea)},
		"none, not chosen":             {S{Session: live, Mandates: all, Request: none}, selection},
		"none, remembered":             {S{Session: live, Mandates: all, Remembered: "d1", Request: none}, fromLive(bea)},
		"none, remembered as oneself":  {S{Session: live, Mandates: all, Remembered: flow.Oneself, Request: none}, selfLive},
		"none, remembered, over":       {S{Session: live, Remembered: "d1", Request: none}, selection},
		"none, no session":             {S{Mandates: all, Remembered: "d1", Request: none}, required},

		"a hint of who is acted for":          {S{Session: live, Mandates: all, Remembered: "d1", Request: R{HintSubject: "bea"}}, fromLive(bea)},
		"a hint, not chosen":                  {S{Session: live, Mandates: all, Request: R{HintSubject: "bea"}}, asked},
		"a hint, remembered otherwise":        {S{Session: live, Mandates: all, Remembered: "d2", Request: R{HintSubject: "bea"}}, asked},
		"a hint, chosen otherwise":            {S{Session: live, Mandates: all, ActsFor: "d2", Request: R{HintSubject: "bea"}}, required},
		"a hint, chosen oneself":              {S{SignedIn: in, Mandates: all, ActsFor: flow.Oneself, Request: R{HintSubject: "bea"}}, required},
		"a hint of oneself, acting":           {S{Session: live, Mandates: all, ActsFor: "d1", Request: R{HintSubject: "alice"}}, required},
		"a hint of oneself":                   {S{Session: live, Mandates: all, Remembered: flow.Oneself, Request: R{HintSubject: "alice"}}, selfLive},
		"none, a hint, remembered otherwise":  {S{Session: live, Mandates: all, Remembered: "d2", Request: R{HintSubject: "bea", Prompt: none.Prompt}}, required},
		"a hint of who is not acted for":      {S{SignedIn: in, Mandates: all, ActsFor: "d1", Request: R{HintSubject: "dora"}}, required},
		"a hint of who is acted for no more":  {S{Session: live, Request: R{HintSubject: "bea"}}, flow.Decision{Step: flow.StepSignIn}},
		"none, a hint of who is acted for no": {S{Session: live, Request: R{HintSubject: "bea", Prompt: none.Prompt}}, required},
	} {
		tc.state.Request.ReceivedAt = received
		got := flow.Next(tc.state)
		got.Description = ""
		if got != tc.want {
			t.Errorf("%s: %+v, want %+v", name, got, tc.want)
		}
	}
}
