package main

// The suite drives a browser by these steps. They name elements of our pages by
// their ids, which are part of what the pages promise.

type (
	visitRule struct {
		Match string `json:"match"`
		// Limit is how often the rule holds; 0 is always.
		Limit int    `json:"match-limit,omitempty"`
		Tasks []task `json:"tasks"`
	}
	task struct {
		Task     string    `json:"task"`
		Match    string    `json:"match"`
		Optional bool      `json:"optional,omitempty"`
		Commands []command `json:"commands,omitempty"`
	}
	command []any
)

// picture takes a picture of a page for whoever reviews the run; where the test
// does not ask for one it does nothing.
func picture(id string) command {
	return command{"wait", "id", id, 10, ".*", "update-image-placeholder-optional"}
}

// browser signs in, agrees, and waits for the suite's own page. With pictures it
// shows the sign-in page to the reviewer first.
func (in *instance) browser(pictures bool) []visitRule {
	signIn := []command{
		{"text", "id", "userid", in.person.UserID}, {"text", "id", "password", password}, {"click", "id", "submit"},
	}
	if pictures {
		signIn = append([]command{picture("title")}, signIn...)
	}
	return []visitRule{
		{Match: in.issuer + "/authorize*", Tasks: []task{
			{Task: "Sign in", Match: in.issuer + "/interaction/*/sign-in*", Optional: true, Commands: signIn},
			{Task: "Agree", Match: in.issuer + "/interaction/*/consent*", Optional: true, Commands: []command{{"click", "id", "submit"}}},
			{Task: "Error page", Match: in.issuer + "/authorize*", Optional: true, Commands: []command{picture("title")}},
			{Task: "Back at the suite", Match: in.suite + "/test/*/callback*", Optional: true, Commands: []command{{"wait", "id", "submission_complete", 10}}},
		}},
		in.signOut(),
	}
}

// signOut goes through whatever a sign-out shows.
func (in *instance) signOut() visitRule {
	return visitRule{Match: in.issuer + "/end-session*", Tasks: []task{
		{Task: "Refused", Match: in.issuer + "/end-session*", Optional: true, Commands: []command{picture("title")}},
		{Task: "Confirm", Match: in.issuer + "/sign-out*", Optional: true, Commands: []command{picture("title"), {"click", "id", "submit"}}},
		{Task: "Signed out", Match: in.issuer + "/signed-out*", Optional: true, Commands: []command{picture("title")}},
		{Task: "Back at the suite", Match: in.suite + "/test/*/post_logout_redirect*", Optional: true},
	}}
}

// overrides are the modules that want something else of the browser.
func (in *instance) overrides() map[string]any {
	with := func(rules []visitRule) map[string]any { return map[string]any{"browser": rules} }
	ask := func(name string, commands ...command) map[string]any {
		return with([]visitRule{{Match: in.issuer + "/authorize*", Tasks: []task{
			{Task: name, Match: in.issuer + "/interaction/*/sign-in*", Commands: commands},
			{Task: "Back at the suite", Match: in.suite + "/test/*/callback*", Optional: true, Commands: []command{{"wait", "id", "submission_complete", 10}}},
		}}})
	}
	// Where nothing is redirected, the picture of the question is what counts.
	stay := func() map[string]any {
		rules := in.browser(false)
		rules[1].Tasks = []task{
			{Task: "Refused", Match: in.issuer + "/end-session*", Optional: true, Commands: []command{picture("title")}},
			{Task: "Asked", Match: in.issuer + "/sign-out*", Optional: true, Commands: []command{picture("title")}},
		}
		return with(rules)
	}
	// The first visit only looks; the second signs in.
	look := append([]visitRule{{Match: in.issuer + "/authorize*", Limit: 1, Tasks: []task{
		{Task: "Look", Match: in.issuer + "/interaction/*/sign-in*", Commands: []command{{"wait", "id", "title", 10}}},
	}}}, in.browser(false)...)
	return map[string]any{
		"fapi2-security-profile-final-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds": with(look),
		"oidcc-prompt-login": with(in.browser(true)),
		"oidcc-max-age-1":    with(in.browser(true)),
		"oidcc-rp-initiated-logout-modified-id-token-hint":         stay(),
		"oidcc-rp-initiated-logout-bad-id-token-hint":              stay(),
		"oidcc-rp-initiated-logout-no-id-token-hint":               stay(),
		"fapi2-security-profile-final-user-rejects-authentication": ask("Refuse", command{"click", "id", "cancel"}),
	}
}
