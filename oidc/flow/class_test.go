package flow_test

import (
	"testing"
	"time"

	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/storage"
)

func TestNextFactor(t *testing.T) {
	type S = flow.State
	type R = flow.Request
	var (
		pwd     = []string{"pwd"}
		otp     = []string{"pwd", "otp", "mfa"}
		key     = []string{"hwk", "user", "mfa"}
		nothing = flow.Bound{}
		totp    = flow.Bound{TOTP: true}
		passkey = flow.Bound{Passkey: true}
		both    = flow.Bound{TOTP: true, Passkey: true}
	)
	in := func(amr []string) *flow.SignedIn {
		return &flow.SignedIn{PersonID: "p", Subject: "alice", AMR: amr, AuthTime: received, PasswordKind: storage.PasswordPersonal}
	}
	temporary := in(pwd)
	temporary.PasswordKind = storage.PasswordTemporary
	expired := in(pwd)
	expired.PasswordMust = "expired"
	ageing := in(pwd)
	ageing.PasswordMay = true
	passwordless := in(key)
	passwordless.PasswordKind, passwordless.Passwordless = "", true
	session := func(acr string) *flow.SessionFacts {
		return &flow.SessionFacts{ID: "s", PersonID: "p", Subject: "alice", AuthTime: received.Add(-time.Minute), ACR: acr}
	}
	required := func(b flow.Bound, class string) flow.Bound { b.Required = class; return b }
	prefers := func(acr ...string) R { return R{ACRValues: acr} }
	needs := func(acr ...string) R { return R{EssentialACR: acr} }
	registered := func(acr string) R { return R{RequiredACR: acr} }
	step := func(s flow.Step) flow.Decision { return flow.Decision{Step: s} }
	live := flow.Decision{Step: flow.StepIssue, UseSession: true}
	strict := func(s S) S { s.Strictest = flow.ACRPhishingResistant; return s }
	for name, tc := range map[string]struct {
		state S
		want  flow.Decision
	}{
		// What the person has and policy asks.
		"nothing asked, nothing had":         {S{SignedIn: in(pwd)}, step(flow.StepIssue)},
		"who has one uses it":                {S{SignedIn: in(pwd), Bound: totp}, step(flow.StepSecondFactor)},
		"who has a passkey uses it":          {S{SignedIn: in(pwd), Bound: passkey}, step(flow.StepSecondFactor)},
		"used":                               {S{SignedIn: in(otp), Bound: totp}, step(flow.StepIssue)},
		"a code where both are":              {S{SignedIn: in(otp), Bound: both}, step(flow.StepIssue)},
		"required, nothing had":              {S{SignedIn: in(pwd), Bound: required(nothing, flow.ACRMFA)}, step(flow.StepSetUpFactor)},
		"required, had":                      {S{SignedIn: in(pwd), Bound: required(totp, flow.ACRMFA)}, step(flow.StepSecondFactor)},
		"required, set up":                   {S{SignedIn: in(otp), Bound: required(totp, flow.ACRMFA)}, step(flow.StepIssue)},
		"passkey required, nothing had":      {S{SignedIn: in(pwd), Bound: required(nothing, flow.ACRPhishingResistant)}, step(flow.StepSetUpFactor)},
		"passkey required, codes first":      {S{SignedIn: in(pwd), Bound: required(totp, flow.ACRPhishingResistant)}, step(flow.StepSecondFactor)},
		"passkey required, then set up":      {S{SignedIn: in(otp), Bound: required(totp, flow.ACRPhishingResistant)}, step(flow.StepSetUpFactor)},
		"passkey required, set up, not used": {S{SignedIn: in(otp), Bound: required(both, flow.ACRPhishingResistant)}, step(flow.StepSecondFactor)},
		"passkey required, used":             {S{SignedIn: in(append(otp, "swk")), Bound: required(both, flow.ACRPhishingResistant)}, step(flow.StepIssue)},
		"a passkey alone":                    {S{SignedIn: passwordless, Bound: required(passkey, flow.ACRPhishingResistant)}, step(flow.StepIssue)},

		// Nobody replaces a password or adds a factor with a password alone.
		"temporary password, one had":     {S{SignedIn: temporary, Bound: totp}, step(flow.StepSecondFactor)},
		"expired, one had":                {S{SignedIn: expired, Bound: totp}, step(flow.StepSecondFactor)},
		"chosen, one had":                 {S{SignedIn: in(pwd), PasswordChosen: true, Bound: totp}, step(flow.StepSecondFactor)},
		"temporary password, to be set":   {S{SignedIn: temporary, Bound: required(nothing, flow.ACRMFA)}, step(flow.StepChoosePassword)},
		"ageing password, to be set up":   {S{SignedIn: ageing, Bound: required(nothing, flow.ACRMFA)}, step(flow.StepRenewPassword)},
		"said later, to be set up":        {S{SignedIn: ageing, Renewal: flow.RenewLater, Bound: required(nothing, flow.ACRMFA)}, step(flow.StepSetUpFactor)},
		"set up before anything is asked": {S{SignedIn: in(pwd), Bound: required(nothing, flow.ACRMFA), Request: R{AskConsent: true}}, step(flow.StepSetUpFactor)},

		// What the request asks of a live session.
		"session, preferred, had":           {S{Session: session(flow.ACRPassword), Bound: totp, Request: prefers(flow.ACRMFA)}, step(flow.StepSecondFactor)},
		"session, preferred, not had":       {S{Session: session(flow.ACRPassword), Request: prefers(flow.ACRMFA)}, live},
		"session, preferred out of reach":   {S{Session: session(flow.ACRPassword), Bound: totp, Request: prefers(flow.ACRPhishingResistant)}, live},
		"session, second preference":        {S{Session: session(flow.ACRPassword), Bound: totp, Request: prefers(flow.ACRPhishingResistant, flow.ACRMFA)}, step(flow.StepSecondFactor)},
		"session, first preference is less": {S{Session: session(flow.ACRPassword), Bound: totp, Request: prefers(flow.ACRPassword, flow.ACRMFA)}, live},
		"session, preferred, reached":       {S{Session: session(flow.ACRMFA), Bound: totp, Request: prefers(flow.ACRMFA)}, live},
		"session, essential, had":           {S{Session: session(flow.ACRPassword), Bound: totp, Request: needs(flow.ACRMFA)}, step(flow.StepSecondFactor)},
		"session, essential, not had":       {S{Session: session(flow.ACRPassword), Request: needs(flow.ACRMFA)}, step(flow.StepSignIn)},
		"session, one of the essential":     {S{Session: session(flow.ACRPassword), Request: needs(flow.ACRMFA, flow.ACRPassword)}, live},
		"session, more than essential":      {S{Session: session(flow.ACRPhishingResistant), Request: needs(flow.ACRMFA)}, live},
		"session, registered":               {S{Session: session(flow.ACRMFA), Bound: both, Request: registered(flow.ACRPhishingResistant)}, step(flow.StepSecondFactor)},
		"session of before":                 {S{Session: session(""), Bound: totp, Request: needs(flow.ACRMFA)}, step(flow.StepSecondFactor)},
		"essential, signed in, not had":     {S{SignedIn: in(pwd), Request: needs(flow.ACRMFA)}, step(flow.StepSetUpFactor)},
		"preferred, signed in, not had":     {S{SignedIn: in(pwd), Request: prefers(flow.ACRMFA)}, step(flow.StepIssue)},
		// What policy asks of a live session.
		"session, policy, had":            {strict(S{Session: session(flow.ACRPassword), Bound: required(totp, flow.ACRMFA)}), step(flow.StepSecondFactor)},
		"session, policy, not had":        {strict(S{Session: session(flow.ACRPassword), Bound: required(nothing, flow.ACRMFA)}), step(flow.StepSignIn)},
		"session, policy, reached":        {strict(S{Session: session(flow.ACRMFA), Bound: required(totp, flow.ACRMFA)}), live},
		"session, policy, a stricter one": {strict(S{Session: session(flow.ACRMFA), Bound: required(both, flow.ACRPhishingResistant)}), step(flow.StepSecondFactor)},
		"session, policy of others":       {strict(S{Session: session(flow.ACRPassword), Bound: required(totp, flow.ACRPassword)}), live},
		"session, policy, nobody asked":   {strict(S{Session: session(flow.ACRPassword), Bound: required(totp, flow.ACRMFA), Request: R{Prompt: []string{"none"}}}), flow.Decision{Error: "login_required"}},
		"nobody asked":                    {S{Session: session(flow.ACRPassword), Request: R{RequiredACR: flow.ACRMFA, Prompt: []string{"none"}}, Bound: totp}, flow.Decision{Error: "login_required"}},
		"registered with nonsense":        {S{SignedIn: in(key), Request: registered("urn:x")}, flow.Decision{Error: "unmet_authentication_requirements"}},
	} {
		tc.state.Request.ReceivedAt = received
		got := flow.Next(tc.state)
		got.Description = ""
		if got != tc.want {
			t.Errorf("%s: %+v, want %+v", name, got, tc.want)
		}
		// What is not looked up must not have mattered.
		if blind := tc.state; !blind.AsksBound() {
			blind.Bound = both
			if again := flow.Next(blind); again.Step != got.Step {
				t.Errorf("%s: was decided without what it depends on", name)
			}
		}
	}
}

func TestClassOf(t *testing.T) {
	for _, tc := range []struct {
		want string
		amr  []string
	}{
		{flow.ACRPassword, []string{"pwd"}}, {flow.ACRPassword, nil}, {flow.ACRPassword, []string{"hwk"}}, {flow.ACRPassword, []string{"pwd", "otp"}},
		{flow.ACRMFA, []string{"pwd", "otp", "mfa"}}, {flow.ACRPhishingResistant, []string{"hwk", "user", "mfa"}},
		{flow.ACRPhishingResistant, []string{"pwd", "swk", "user", "mfa"}},
	} {
		if got := flow.ClassOf(tc.amr); got != tc.want {
			t.Errorf("%v: %s, want %s", tc.amr, got, tc.want)
		}
	}
}

func TestReaches(t *testing.T) {
	for _, tc := range []struct {
		acr, least string
		want       bool
	}{
		{"", "", true}, {"urn:x", "", true}, {flow.ACRPassword, "", true}, {flow.ACRPassword, flow.ACRPassword, true}, {flow.ACRMFA, flow.ACRPassword, true},
		{flow.ACRPassword, flow.ACRMFA, false}, {flow.ACRMFA, flow.ACRPhishingResistant, false}, {"", flow.ACRPassword, false}, {"urn:x", flow.ACRPassword, false},
		{flow.ACRPhishingResistant, "urn:x", false},
	} {
		if got := flow.Reaches(tc.acr, tc.least); got != tc.want {
			t.Errorf("%q reaches %q: %v", tc.acr, tc.least, got)
		}
	}
}

// TestAnswer is OpenID Connect Core section 5.5.1.1: what is named is one of those
// that were asked for, and true.
func TestAnswer(t *testing.T) {
	for _, tc := range []struct {
		request       flow.Request
		reached, want string
	}{
		{flow.Request{}, flow.ACRMFA, flow.ACRMFA},
		{flow.Request{EssentialACR: []string{flow.ACRPassword, flow.ACRMFA}}, flow.ACRPhishingResistant, flow.ACRMFA},
		{flow.Request{ACRValues: []string{flow.ACRMFA}}, flow.ACRPhishingResistant, flow.ACRMFA},
		{flow.Request{ACRValues: []string{flow.ACRPhishingResistant}}, flow.ACRMFA, flow.ACRMFA},
		{flow.Request{ACRValues: []string{"urn:x"}}, flow.ACRMFA, flow.ACRMFA},
	} {
		if got := tc.request.Answer(tc.reached); got != tc.want {
			t.Errorf("%+v reached %s: %s, want %s", tc.request, tc.reached, got, tc.want)
		}
	}
}

func TestRegisteredClassesAreThose(t *testing.T) {
	for _, class := range append(flow.Classes(), "") {
		c := storage.Client{ID: "x", Name: "x", AuthMethod: "none", RedirectURIs: []string{"https://rp.example/cb"}, GrantTypes: []string{"authorization_code"}, Scopes: []string{"openid"}, RequiredACR: class}
		if err := client.Validate(c); err != nil {
			t.Errorf("%q: %v", class, err)
		}
		if c.RequiredACR += "x"; client.Validate(c) == nil {
			t.Errorf("%q is accepted", c.RequiredACR)
		}
	}
}
