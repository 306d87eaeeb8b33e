package pages_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/storage"
)

// TestStrengthIsSaid: whoever has to enter a new password once more learns how
// good it was, and does not read it.
func TestStrengthIsSaid(t *testing.T) {
	g := newRig(t)
	_, temporary := g.enroll("jsmith2")
	id := g.begin(nil)
	g.want("temporary password", g.post(flow.PathFor(flow.StepSignIn, id), credentials("jsmith2", temporary)), 303, flow.ResumePath(id))
	choose := flow.PathFor(flow.StepChoosePassword, id)
	const said = "Strength of the password that you entered"
	for name, c := range map[string]struct {
		form url.Values
		want string
	}{
		"strong, and two that differ":   {chosen("quartz heron velvet umbrella", "quartz heron"), said + ": strong."},
		"too short, and of no pattern":  {chosen("xK7#qTz9wP", "xK7#qTz9wP"), said + ": good."},
		"too short, and known to all":   {chosen("password", "password"), said + ": very weak."},
		"repeated":                      {chosen("heronheronheronheron", "heronheronheronheron"), said + ": very weak."},
		"repeated, and two that differ": {chosen("heronheronheronheron", "heron"), said + ": very weak."},
	} {
		page := g.post(choose, c.form)
		g.want(name, page, http.StatusUnprocessableEntity, "")
		g.shows(name, page, c.want, `aria-describedby="alert rules strength"`)
		if strings.Contains(page.text, `value="`+c.form.Get("new-password")) || c.form.Get("new-password") != "password" && strings.Contains(page.text, c.form.Get("new-password")) {
			t.Errorf("%s: the page shows the password", name)
		}
	}
	for name, form := range map[string]url.Values{
		"nothing": chosen("", ""), "too long": chosen(strings.Repeat("heron ", 60), strings.Repeat("heron ", 60)),
		"too long, and two that differ": chosen(strings.Repeat("heron ", 60), ""),
	} {
		page := g.post(choose, form)
		g.want(name, page, http.StatusUnprocessableEntity, "")
		if strings.Contains(page.text, said) {
			t.Errorf("%s: a strength is told", name)
		}
	}
	if page := g.get(choose); strings.Contains(page.text, said) {
		t.Error("a strength is told of nothing")
	}
}

// TestStrengthIsSaidAtAChange: also where the current password was wrong, in the
// language of the page.
func TestStrengthIsSaidAtAChange(t *testing.T) {
	g := newRig(t)
	g.session(g.member("jsmith"), true)
	for name, form := range map[string]url.Values{
		"no current password":      {"new-password": {"quartz heron velvet umbrella"}, "confirm": {"quartz heron velvet umbrella"}},
		"a wrong current password": {"current-password": {"wrong"}, "new-password": {"quartz heron velvet umbrella"}, "confirm": {"quartz heron velvet umbrella"}},
	} {
		g.shows(name, g.post("/account/password", form), "you entered: strong.", `aria-describedby="rules strength"`)
	}
	form := url.Values{"current-password": {personal}, "new-password": {"Jordan Smith Jordan Smith"}, "confirm": {"Jordan Smith Jordan Smith"}}
	r := formPost("/account/password", form)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Accept-Language", "es")
	g.shows("a name", g.do(r), "Fortaleza de la contraseña que escribió: muy baja.")
}

// TestMinimumIsSaid: the pages ask for what holds for the person.
func TestMinimumIsSaid(t *testing.T) {
	g := newRig(t)
	deliver := g.withMail()
	id := g.member("jsmith")
	g.session(id, true)
	bound := false
	g.pages.Credentials.SecondFactor = func(context.Context, storage.Tx, string) (bool, error) { return bound, nil }
	g.shows("alone", g.get("/account/password"), "At least 15 characters")
	bound = true
	g.shows("with a second factor", g.get("/account/password"), "At least 12 characters", `data-minimum="12"`)
	g.want("the mail", g.post("/forgot-password", url.Values{"userid": {"jsmith"}}), http.StatusSeeOther, "/asked")
	path, link := deliver()
	g.shows("by a link", g.get(path), "At least 12 characters")
	g.shows("by a link", g.post("/recover", url.Values{"link": {link}}), "At least 12 characters")

	const short = "vkq zjw pyhgn"
	g.want("a short one", g.post("/account/password", url.Values{"current-password": {personal}, "new-password": {short}, "confirm": {short}}), http.StatusSeeOther, "/account/password/done")
	bound = false
	in := g.begin(nil)
	g.want("sign-in", g.post(flow.PathFor(flow.StepSignIn, in), credentials("jsmith", short)), 303, flow.ResumePath(in))
	page := g.get(flow.PathFor(flow.StepChoosePassword, in))
	g.shows("without it", page, "Choose a longer password", "At least 15 characters")
	const long = "quiet heron vkq zjw pyhgn"
	g.want("a long one", g.post(flow.PathFor(flow.StepChoosePassword, in), chosen(long, long)), 303, flow.ResumePath(in))
	if got := flow.Next(g.state(in)).Step; got != flow.StepIssue {
		t.Errorf("the flow wants %q, not to issue", got)
	}
}

// TestTooManyRefusedChoices: who chooses over and over what they have is asked to wait, on
// the way to an application too.
func TestTooManyRefusedChoices(t *testing.T) {
	g := newRig(t)
	_, temporary := g.enroll("jsmith2")
	id := g.begin(nil)
	g.want("temporary password", g.post(flow.PathFor(flow.StepSignIn, id), credentials("jsmith2", temporary)), 303, flow.ResumePath(id))
	choose := flow.PathFor(flow.StepChoosePassword, id)
	for range 10 {
		page := g.post(choose, chosen(temporary, temporary))
		g.want("the same again", page, http.StatusUnprocessableEntity, "")
		g.shows("the same again", page, "This is the password that you have now")
	}
	page := g.post(choose, chosen(temporary, temporary))
	g.want("once more", page, http.StatusTooManyRequests, "")
	g.shows("once more", page, `role="alert"`, "30 seconds")
	if after := page.Header.Get("Retry-After"); after != "30" {
		t.Errorf("Retry-After: %q", after)
	}
}
