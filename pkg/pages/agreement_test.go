package pages_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/agreement"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// withAgreement publishes a version in English and Spanish, in effect a day ago.
func (g *rig) withAgreement(version string, grace time.Duration) {
	g.t.Helper()
	if g.pages.Agreements == nil {
		s := &agreement.Service{Store: g.store, People: g.people, Roles: nobodysRoles, Sessions: g.pages.Sessions, Now: func() time.Time { return g.at }}
		g.pages.Agreements = s
		g.pages.Agreement = func(ctx context.Context, personID string) (flow.Agreement, error) {
			due, err := s.Due(ctx, personID)
			return flow.Agreement{Due: len(due) > 0, Must: len(due) > 0 && due[0].Must}, err
		}
		g.serve()
	}
	var all []agreement.Document
	for language, text := range map[string]string{"en": "# Conduct\n\nKeep your codes. <script>x</script>", "es": "# Conducta\n\nGuarde sus claves."} {
		all = append(all, agreement.Document{
			Audience: agreement.Everyone, Version: version, Language: language, EffectiveAt: g.at.Add(-24 * time.Hour), Grace: grace, Text: []byte(text),
		})
	}
	if _, err := g.pages.Agreements.Publish(g.t.Context(), all, audit.Actor{Type: "operator", ID: "test"}); err != nil {
		g.t.Fatal(err)
	}
}

func accepting(version string) url.Values {
	return url.Values{"answer": {"accept"}, "accept": {"1"}, "audience": {"everyone"}, "version": {version}, "language": {"en"}}
}

func (g *rig) accepted(personID string) (all []storage.Acceptance) {
	g.t.Helper()
	if err := g.store.View(g.t.Context(), func(tx storage.Tx) (err error) {
		all, err = tx.Agreements().Accepted(g.t.Context(), personID)
		return err
	}); err != nil {
		g.t.Fatal(err)
	}
	return all
}

// TestAgreementComesFirst: at a first sign-in the agreement is accepted before a
// password is chosen, whatever address is called, and in spite of a grace period.
func TestAgreementComesFirst(t *testing.T) {
	g := newRig(t)
	g.withAgreement("1", 30*24*time.Hour)
	id, temporary := g.enroll("jsmith")
	in := g.begin(nil)
	at, resume := "/interaction/"+in+"/agreement", "/interaction/"+in
	g.want("too early", g.get(at), 303, resume)
	g.want("sign-in", g.post("/interaction/"+in+"/sign-in", url.Values{"userid": {"jsmith"}, "password": {temporary}}), 303, resume)
	g.want("choosing first", g.get("/interaction/"+in+"/choose-password"), 303, resume)
	g.want("choosing first", g.post("/interaction/"+in+"/choose-password", url.Values{"new-password": {personal}, "confirm": {personal}}), 303, resume)

	page := g.get(at)
	g.want("the page", page, 200, "")
	g.shows("the page", page, "<h2>Conduct</h2>", "Keep your codes.", `lang="en"`)
	if strings.Contains(page.text, "<script>x") || strings.Contains(page.text, "checked") || strings.Contains(page.text, `id="later"`) {
		t.Errorf("a script of the text, a ticked box, or a way around:\n%s", page.text)
	}
	g.shows("in Spanish", g.get(at+"?lang=es"), "<h2>Conducta</h2>", "Acuerdo de uso", `lang="es"`)
	delete(g.jar, "__Host-claviger-language")

	unticked := accepting("1")
	unticked.Del("accept")
	missing := g.post(at, unticked)
	g.want("not ticked", missing, 422, "")
	g.want("another day, at a first sign-in", g.post(at, url.Values{"answer": {"later"}, "audience": {"everyone"}, "version": {"1"}, "language": {"en"}}), 303, resume)
	g.want("a version that is not asked for", g.post(at, accepting("2")), 303, resume)
	if n := len(g.accepted(id)); n != 0 {
		t.Fatalf("%d acceptances, want none", n)
	}
	g.want("accept", g.post(at, accepting("1")), 303, resume)
	g.want("accept twice", g.post(at, accepting("1")), 303, resume)
	got := g.accepted(id)
	if len(got) != 1 || got[0].Version != "1" || got[0].Language != "en" || got[0].InteractionID != in || len(got[0].Hash) != 32 || !got[0].AcceptedAt.Equal(g.at) {
		t.Errorf("accepted: %+v", got)
	}
	g.want("then the password", g.get("/interaction/"+in+"/choose-password"), 200, "")
}

// TestAgreementIsPutOff: within the grace period who has a password may, after it
// nobody.
func TestAgreementIsPutOff(t *testing.T) {
	g := newRig(t)
	g.withAgreement("1", 48*time.Hour)
	id, _ := g.enroll("jsmith")
	later := url.Values{"answer": {"later"}, "audience": {"everyone"}, "version": {"1"}, "language": {"en"}}
	step := func(in string) flow.Step {
		state := g.state(in)
		var err error
		if state.Agreement, err = g.pages.Agreement(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		return flow.Next(state).Step
	}
	in := g.begin(nil)
	g.signedIn(in, id)
	g.shows("within grace", g.get("/interaction/"+in+"/agreement"), `id="later"`, "November 24, 2026, 12:00\u00a0PM")
	g.want("later", g.post("/interaction/"+in+"/agreement", later), 303, "/interaction/"+in)
	if got := step(in); got != flow.StepIssue {
		t.Errorf("put off: %s", got)
	}
	g.at = g.at.Add(24 * time.Hour)
	g.pages.Interactions.TTL = time.Hour
	in = g.begin(nil)
	g.signedIn(in, id)
	if page := g.get("/interaction/" + in + "/agreement"); strings.Contains(page.text, `id="later"`) {
		t.Errorf("after the grace:\n%s", page.text)
	}
	g.want("later, after the grace", g.post("/interaction/"+in+"/agreement", later), 303, "/interaction/"+in)
	if got := step(in); got != flow.StepAgreement {
		t.Errorf("after the grace: %s", got)
	}
}

// TestAgreementIsDeclined: a no is explained, and the application hears of it.
func TestAgreementIsDeclined(t *testing.T) {
	g := newRig(t)
	g.withAgreement("1", 0)
	id, _ := g.enroll("jsmith")
	in := g.begin(nil)
	g.signedIn(in, id)
	at := "/interaction/" + in + "/agreement"
	g.want("explained too early", g.get(at+"/declined"), 303, "/interaction/"+in)
	form := accepting("1")
	form.Set("answer", "decline")
	g.want("no", g.post(at, form), 303, at+"/declined")
	g.shows("explained", g.get(at+"/declined"), "You did not accept the agreement", `href="/interaction/`+in+`"`)
	if got := flow.Next(g.state(in)); got.Error != flow.ErrorAccessDenied {
		t.Errorf("the application hears %+v", got)
	}
	if len(g.accepted(id)) != 0 {
		t.Error("no was taken for yes")
	}
	g.jar = map[string]string{}
	g.want("another browser", g.get(at+"/declined"), 404, "")
}

// TestAgreementIsTakenBack: the sessions that rest on it end, and it is asked for
// again, at once.
func TestAgreementIsTakenBack(t *testing.T) {
	g := newRig(t)
	g.withAgreement("1", 30*24*time.Hour)
	id, _ := g.enroll("jsmith")
	in := g.begin(nil)
	g.signedIn(in, id)
	g.want("accept", g.post("/interaction/"+in+"/agreement", accepting("1")), 303, "/interaction/"+in)
	s := g.session(id, true)
	if err := g.pages.Agreements.Withdraw(t.Context(), id, audit.Actor{Type: "operator", ID: "test"}); err != nil {
		t.Fatal(err)
	}
	if g.alive(s) {
		t.Error("the session lives")
	}
	var reason string
	for _, e := range g.events(t) {
		if strings.Contains(e, `"session.ended"`) {
			reason = e
		}
	}
	if !strings.Contains(reason, string(session.ReasonAgreementWithdrawn)) {
		t.Errorf("the session ended so: %s", reason)
	}
	due, err := g.pages.Agreements.Due(t.Context(), id)
	if err != nil || len(due) != 1 || !due[0].Must {
		t.Errorf("due %+v, %v", due, err)
	}
}

// events is the audit log as it is stored.
func (g *rig) events(t *testing.T) (all []string) {
	t.Helper()
	if err := g.store.View(t.Context(), func(tx storage.Tx) error {
		pending, err := tx.Audit().Pending(t.Context(), 1000)
		for _, e := range pending {
			all = append(all, string(e.Body))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// nobodysRoles has people without roles.
func nobodysRoles(context.Context, storage.Tx, string) ([]string, error) { return nil, nil }

// TestAgreementComesBeforeOwnPages: where a new version cannot be put off any more, who is
// signed in accepts it before they go on at their account.
func TestAgreementComesBeforeOwnPages(t *testing.T) {
	g := newRig(t)
	g.withAgreement("1", 0)
	id, _ := g.enroll("jsmith")
	if err := g.pages.Agreements.Accept(t.Context(), agreement.Answer{PersonID: id, Audience: agreement.Everyone, Version: "1", Language: "en", InteractionID: "i"}); err != nil {
		t.Fatal(err)
	}
	g.session(id, true)
	elsewhere := g.elsewhere(id, "Firefox")
	g.want("before", g.get("/account/sessions"), http.StatusOK, "")
	g.at = g.at.Add(time.Minute)
	g.withAgreement("2", 0)
	got := g.get("/account/sessions")
	in := strings.TrimPrefix(got.Header.Get("Location"), "/interaction/")
	g.want("the agreement", g.get("/interaction/"+in+"/agreement"), http.StatusOK, "")
	g.post("/account/sessions", url.Values{"session": {elsewhere.ID}})
	if !g.alive(elsewhere) {
		t.Error("a session was ended before")
	}
	g.want("signing out", g.get("/sign-out"), http.StatusOK, "")
	g.shows("what was accepted", g.get("/account/agreements"), "version 1", "take-back")
	g.want("accepting", g.post("/interaction/"+in+"/agreement", accepting("2")), http.StatusSeeOther, "/interaction/"+in)
	g.want("after", g.get("/account/sessions"), http.StatusOK, "")
}
