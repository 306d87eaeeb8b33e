package flow_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/storage"
)

var received = time.Date(2026, 3, 1, 12, 0, 0, 900_000_000, time.UTC)

func seconds(n int64) *int64 { return &n }

func session(age time.Duration) *flow.SessionFacts {
	return &flow.SessionFacts{Subject: "alice", AuthTime: received.Add(-age).Truncate(time.Second)}
}

func signedIn(kind storage.PasswordKind) *flow.SignedIn {
	return &flow.SignedIn{PersonID: "p", Subject: "alice", AuthTime: received.Truncate(time.Second), PasswordKind: kind}
}

// ageing is a sign-in with a personal password, changed as told.
func ageing(change func(*flow.SignedIn)) *flow.SignedIn {
	s := signedIn(storage.PasswordPersonal)
	change(s)
	return s
}

// TestNextAboutPasswords: a password that has to be changed comes before anything
// else, and one that may be changed stops nobody.
func TestNextAboutPasswords(t *testing.T) {
	type S = flow.State
	must := ageing(func(s *flow.SignedIn) { s.PasswordMust = "expired" })
	may := ageing(func(s *flow.SignedIn) { s.PasswordMay = true })
	both := ageing(func(s *flow.SignedIn) { s.PasswordMust, s.PasswordMay = "compromised", true })
	for name, tc := range map[string]struct {
		state S
		want  flow.Step
	}{
		"expired":                  {S{SignedIn: must}, flow.StepChoosePassword},
		"expired, a session":       {S{SignedIn: must, Session: session(0)}, flow.StepChoosePassword},
		"expired, prompt none":     {S{SignedIn: must, Request: flow.Request{Prompt: []string{"none"}}}, flow.StepChoosePassword},
		"expired, asked in any":    {S{SignedIn: must, Request: flow.Request{AskConsent: true}, Agreed: "alice"}, flow.StepChoosePassword},
		"expired, put off":         {S{SignedIn: must, Renewal: flow.RenewLater}, flow.StepChoosePassword},
		"expired, chosen":          {S{SignedIn: must, PasswordChosen: true}, flow.StepIssue},
		"ageing":                   {S{SignedIn: may}, flow.StepRenewPassword},
		"ageing, now":              {S{SignedIn: may, Renewal: flow.RenewNow}, flow.StepChoosePassword},
		"ageing, now, chosen":      {S{SignedIn: may, Renewal: flow.RenewNow, PasswordChosen: true}, flow.StepIssue},
		"ageing, later":            {S{SignedIn: may, Renewal: flow.RenewLater}, flow.StepIssue},
		"ageing, later, asked":     {S{SignedIn: may, Renewal: flow.RenewLater, Request: flow.Request{AskConsent: true}}, flow.StepConsent},
		"ageing and compromised":   {S{SignedIn: both, Renewal: flow.RenewLater}, flow.StepChoosePassword},
		"a session asks nothing":   {S{Session: session(0)}, flow.StepIssue},
		"signed in elsewhere":      {S{SignedIn: may, Renewal: flow.RenewLater, Crowded: true, Request: flow.Request{AskConsent: true}}, flow.StepElsewhere},
		"elsewhere, ageing":        {S{SignedIn: may, Crowded: true}, flow.StepRenewPassword},
		"elsewhere, and refused":   {S{SignedIn: may, Renewal: flow.RenewLater, Crowded: true, Refused: true}, ""},
		"elsewhere, in a session":  {S{Session: session(0), Crowded: true}, flow.StepIssue},
		"an answer without a sign": {S{Renewal: flow.RenewLater}, flow.StepSignIn},
	} {
		if got := flow.Next(tc.state).Step; got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

func TestNext(t *testing.T) {
	type S = flow.State
	type R = flow.Request
	chosen := session(0)
	chosen.ID = "s1"
	var (
		choice      = flow.Decision{Step: flow.StepChooseAccount}
		signIn      = flow.Decision{Step: flow.StepSignIn}
		choose      = flow.Decision{Step: flow.StepChoosePassword}
		issue       = flow.Decision{Step: flow.StepIssue}
		fromSession = flow.Decision{Step: flow.StepIssue, UseSession: true}
		required    = flow.Decision{Error: "login_required"}
		consent     = flow.Decision{Step: flow.StepConsent}
		denied      = flow.Decision{Error: "access_denied"}
		unmet       = flow.Decision{Error: "unmet_authentication_requirements"}
		invalid     = flow.Decision{Error: "invalid_request"}
	)
	for name, tc := range map[string]struct {
		state S
		want  flow.Decision
	}{
		"nobody":               {S{}, signIn},
		"a session":            {S{Session: session(time.Hour)}, fromSession},
		"signed in":            {S{SignedIn: signedIn(storage.PasswordPersonal)}, issue},
		"signed in anew":       {S{SignedIn: signedIn(storage.PasswordPersonal), Session: session(time.Hour)}, issue},
		"temporary password":   {S{SignedIn: signedIn(storage.PasswordTemporary)}, choose},
		"unknown kind":         {S{SignedIn: signedIn("")}, choose},
		"chosen":               {S{SignedIn: signedIn(storage.PasswordTemporary), PasswordChosen: true}, issue},
		"chosen by nobody":     {S{PasswordChosen: true}, signIn},
		"temporary, session":   {S{SignedIn: signedIn(storage.PasswordTemporary), Session: session(0)}, choose},
		"none, nobody":         {S{Request: R{Prompt: []string{"none"}}}, required},
		"none, a session":      {S{Request: R{Prompt: []string{"none"}}, Session: session(time.Hour)}, fromSession},
		"none and login":       {S{Request: R{Prompt: []string{"none", "login"}}, Session: session(0)}, invalid},
		"none twice":           {S{Request: R{Prompt: []string{"none", "none"}}, Session: session(0)}, invalid},
		"unknown prompt":       {S{Request: R{Prompt: []string{"create"}}}, invalid},
		"login":                {S{Request: R{Prompt: []string{"login"}}, Session: session(0)}, signIn},
		"login, signed in":     {S{Request: R{Prompt: []string{"login"}}, SignedIn: signedIn(storage.PasswordPersonal)}, issue},
		"consent":              {S{Request: R{Prompt: []string{"consent"}}, Session: session(0)}, consent},
		"consent, nobody":      {S{Request: R{Prompt: []string{"consent"}}}, signIn},
		"consent, agreed":      {S{Request: R{Prompt: []string{"consent"}}, Session: session(0), Agreed: "alice"}, fromSession},
		"another one agreed":   {S{Request: R{Prompt: []string{"consent"}}, Session: session(0), Agreed: "bob"}, consent},
		"consent, refused":     {S{Request: R{Prompt: []string{"consent"}}, Session: session(0), Refused: true}, denied},
		"asked in any case":    {S{Request: R{AskConsent: true}, SignedIn: signedIn(storage.PasswordPersonal)}, consent},
		"asked after choosing": {S{Request: R{AskConsent: true}, SignedIn: signedIn(storage.PasswordTemporary)}, choose},
		"agreed too early":     {S{Request: R{AskConsent: true}, SignedIn: signedIn(storage.PasswordTemporary), Agreed: "alice"}, choose},
		"an acr out of reach":  {S{Request: R{EssentialACR: []string{"urn:x"}}, Session: session(0)}, unmet},
		"an acr in reach":      {S{Request: R{EssentialACR: []string{"urn:x", flow.ACRPassword}}, Session: session(0)}, fromSession},
		"hint, pseudonym":      {S{Request: R{HintSubject: "x-alice"}, Session: session(0), Pseudonym: func(s string) string { return "x-" + s }}, fromSession},
		"select_account":       {S{Request: R{Prompt: []string{"select_account"}}, Session: chosen}, choice},
		"select, nobody":       {S{Request: R{Prompt: []string{"select_account"}}}, signIn},
		"select, chosen":       {S{Request: R{Prompt: []string{"select_account"}}, Session: chosen, Chosen: "s1"}, fromSession},
		"select, another":      {S{Request: R{Prompt: []string{"select_account"}}, Session: chosen, Another: true}, signIn},
		"select, it ended":     {S{Request: R{Prompt: []string{"select_account"}}, Chosen: "s1"}, signIn},
		"select, it changed":   {S{Request: R{Prompt: []string{"select_account"}}, Session: chosen, Chosen: "s0"}, choice},
		"select, signed in":    {S{Request: R{Prompt: []string{"select_account"}}, Session: chosen, SignedIn: signedIn(storage.PasswordPersonal)}, issue},
		"select, too old":      {S{Request: R{Prompt: []string{"select_account"}, MaxAge: seconds(0)}, Session: chosen}, signIn},
		"select, not expected": {S{Request: R{Prompt: []string{"select_account"}, HintSubject: "bob"}, Session: chosen}, signIn},
		"select and login":     {S{Request: R{Prompt: []string{"select_account", "login"}}, Session: chosen}, signIn},
		"select and consent":   {S{Request: R{Prompt: []string{"select_account", "consent"}}, Session: chosen, Chosen: "s1"}, consent},
		"not oneself":          {S{Session: chosen, Another: true}, signIn},
		"login and consent":    {S{Request: R{Prompt: []string{"login", "consent"}}, Session: session(0)}, signIn},
		"max_age met":          {S{Request: R{MaxAge: seconds(3600)}, Session: session(time.Hour)}, fromSession},
		"max_age passed":       {S{Request: R{MaxAge: seconds(3598)}, Session: session(time.Hour)}, signIn},
		"max_age 0":            {S{Request: R{MaxAge: seconds(0)}, Session: session(0)}, signIn},
		"max_age 0, done":      {S{Request: R{MaxAge: seconds(0)}, SignedIn: signedIn(storage.PasswordPersonal)}, issue},
		"max_age negative":     {S{Request: R{MaxAge: seconds(-1)}, Session: session(0)}, invalid},
		"none, max_age":        {S{Request: R{Prompt: []string{"none"}, MaxAge: seconds(60)}, Session: session(time.Hour)}, required},
		"hint met":             {S{Request: R{HintSubject: "alice"}, Session: session(0)}, fromSession},
		"hint not met":         {S{Request: R{HintSubject: "bob"}, Session: session(0)}, signIn},
		"none, hint not met":   {S{Request: R{Prompt: []string{"none"}, HintSubject: "bob"}, Session: session(0)}, required},
		"hint unusable":        {S{Request: R{HintUnusable: true}, Session: session(0)}, signIn},
		"none, hint unusable":  {S{Request: R{Prompt: []string{"none"}, HintUnusable: true}, Session: session(0)}, required},
		"hint, other person":   {S{Request: R{HintSubject: "bob"}, SignedIn: signedIn(storage.PasswordPersonal)}, required},
		"hint, same person":    {S{Request: R{HintSubject: "alice"}, SignedIn: signedIn(storage.PasswordPersonal)}, issue},
		"hint, still to do":    {S{Request: R{HintSubject: "bob"}, SignedIn: signedIn(storage.PasswordTemporary)}, choose},
		"session of tomorrow":  {S{Request: R{MaxAge: seconds(1)}, Session: session(-time.Hour)}, fromSession},
	} {
		tc.state.Request.ReceivedAt = received
		got := flow.Next(tc.state)
		if (got.Error == "") != (got.Description == "") {
			t.Errorf("%s: an error and its description come together: %+v", name, got)
		}
		got.Description = ""
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestPaths(t *testing.T) {
	if got := flow.PathFor(flow.StepChoosePassword, "abc"); got != "/interaction/abc/choose-password" {
		t.Error(got)
	}
	if got := flow.ResumePath("../x"); got != "/interaction/..%2Fx" {
		t.Error(got)
	}
}
