package pages_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/factor"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

const factorsPage = "/account/factors"

var factorLink = regexp.MustCompile(`href="/account/factors/([a-z2-7]{26})/rename"`)

// proven begins a session of this browser that reached a class at this moment.
func (g *rig) proven(id, acr string) storage.Session {
	g.t.Helper()
	cookie, s, err := g.pages.Sessions.Begin(g.t.Context(), session.Beginning{PersonID: id, Subject: "s", AuthTime: g.at, ACR: acr})
	if err != nil {
		g.t.Fatal(err)
	}
	g.jar["__Host-claviger-session"] = cookie
	return s
}

// factors are the ids on the page.
func (g *rig) factors() (ids []string) {
	g.t.Helper()
	for _, m := range factorLink.FindAllStringSubmatch(g.get(factorsPage).text, -1) {
		ids = append(ids, m[1])
	}
	return ids
}

// told collects what people are told of.
func (g *rig) told() *[]string {
	var all []string
	g.pages.Factors.Changed = func(_ context.Context, _ storage.Tx, personID string, how factor.Change) error {
		all = append(all, string(how))
		return nil
	}
	return &all
}

// owed collects which ends of sessions are noted with changes.
func (g *rig) owed() *[]session.Due {
	var all []session.Due
	g.pages.Owe = func(_ context.Context, _ storage.Tx, _ string, due session.Due) error {
		all = append(all, due)
		return nil
	}
	return &all
}

// TestAPersonChangesTheirFactors is the whole way: a list, another name, another
// application, another set of codes, and nothing at all.
func TestAPersonChangesTheirFactors(t *testing.T) {
	g, id, phone, codes := withTOTP(t)
	g.at = g.at.Add(time.Minute)
	here := g.proven(id, flow.ACRMFA)
	told, owed := g.told(), g.owed()
	ctx := t.Context()

	list := g.get(factorsPage)
	g.want("the list", list, http.StatusOK, "")
	g.shows("the list", list, "my telephone", "Authenticator app", "Added on", "10 are left.", `id="add-passkey"`, `id="draw"`)
	ids := g.factors()
	if len(ids) != 1 {
		t.Fatalf("%d factors are listed", len(ids))
	}
	one := factorsPage + "/" + ids[0]

	g.shows("renaming", g.get(one+"/rename"), `value="my telephone"`)
	for _, bad := range []string{strings.Repeat("x", 61), "a\u0007b"} {
		g.want("a bad name", g.post(one+"/rename", url.Values{"name": {bad}}), http.StatusUnprocessableEntity, "")
	}
	g.want("another name", g.post(one+"/rename", url.Values{"name": {" <b>pocket</b> "}}), http.StatusSeeOther, factorsPage)
	g.shows("the list", g.get(factorsPage), "&lt;b&gt;pocket&lt;/b&gt;")

	stays := g.elsewhere(id, "Firefox")
	replacing := g.get(one + "/replace")
	g.shows("replacing", replacing, `name="others" type="checkbox" value="1" aria-describedby="others-detail" checked`)
	next, offer := g.take(replacing)
	wrong := g.post(one+"/replace", url.Values{"offer": {offer}, "code": {next.code(g.at.Add(-time.Hour))}})
	g.want("a wrong first code", wrong, http.StatusUnprocessableEntity, "")
	form := url.Values{"offer": {offer}, "code": {next.code(g.at)}, "name": {"new telephone"}}
	g.want("replaced", g.post(one+"/replace", form), http.StatusSeeOther, factorsPage)
	if !g.alive(stays) || len(*owed) > 0 {
		t.Errorf("who was not to be signed out elsewhere is, or is to be: %v", *owed)
	}
	g.want("the button again", g.post(one+"/replace", form), http.StatusSeeOther, factorsPage)
	if after := g.factors(); len(after) != 1 || after[0] == ids[0] {
		t.Fatalf("after the replacement: %v", after)
	}
	g.at = g.at.Add(30 * time.Second)
	if err := g.pages.Factors.VerifyTOTP(ctx, id, phone.code(g.at)); err == nil {
		t.Error("a code of the application that was replaced is right")
	}
	if err := g.pages.Factors.VerifyTOTP(ctx, id, next.code(g.at)); err != nil {
		t.Errorf("a code of the new one: %v", err)
	}

	g.shows("codes", g.get(factorsPage+"/codes"), "stop working", `value="1" aria-describedby="others-detail" checked`)
	offered := url.Values{"offer": {g.offered(g.get(factorsPage + "/codes"))}, "others": {"1"}}
	drawn := g.post(factorsPage+"/codes", offered)
	g.want("codes", drawn, http.StatusOK, "")
	if g.alive(stays) || g.recorded(stays.ID)[0] != session.ReasonFactorChanged {
		t.Errorf("who was to be signed out elsewhere stays: %q", g.recorded(stays.ID))
	}
	kept := (*owed)[0]
	if len(*owed) != 1 || kept.Reason != session.ReasonFactorChanged || kept.Keep != here.ID || len(kept.Was) == 0 || kept.Access {
		t.Errorf("owed: %+v, want the end of all but %s", *owed, here.ID)
	}
	fresh := codeShown.FindAllStringSubmatch(drawn.text, -1)
	if len(fresh) != 10 || strings.Contains(drawn.text, codes[0]) {
		t.Fatalf("%d codes are shown:\n%s", len(fresh), drawn.text)
	}
	if strings.Contains(g.get(factorsPage).text, fresh[0][1]) {
		t.Error("a code is shown on another page")
	}
	// The page is loaded again: what was written down is still right.
	again := g.post(factorsPage+"/codes", offered)
	g.want("loaded again", again, http.StatusOK, "")
	if shown := codeShown.FindAllStringSubmatch(again.text, -1); len(shown) != 10 || shown[0][1] != fresh[0][1] {
		t.Errorf("loaded again, the page shows others:\n%s", again.text)
	}
	if err := g.pages.Factors.VerifyRecovery(ctx, id, codes[0]); err == nil {
		t.Error("a code of before works")
	}
	if err := g.pages.Factors.VerifyRecovery(ctx, id, fresh[0][1]); err != nil {
		t.Errorf("a new code: %v", err)
	}
	g.shows("nine", g.get(factorsPage), "9 are left.")

	gone := factorsPage + "/" + g.factors()[0] + "/remove"
	g.shows("removing", g.get(gone), "new telephone", "password alone opens")
	elsewhere := g.elsewhere(id, "Firefox")
	g.want("removed", g.post(gone, nil), http.StatusSeeOther, factorsPage)
	if g.alive(elsewhere) || g.recorded(elsewhere.ID)[0] != session.ReasonFactorChanged {
		t.Errorf("who signed in elsewhere stays: %q", g.recorded(elsewhere.ID))
	}
	g.want("the button again", g.post(gone, nil), http.StatusSeeOther, factorsPage)
	g.shows("nothing is left", g.get(factorsPage), "You have none.")
	if bound, err := g.pages.Factors.Bound(ctx, id); err != nil || bound != (factor.Bound{}) {
		t.Errorf("left: %+v, %v", bound, err)
	}
	if len(*owed) != 2 {
		t.Errorf("%d ends are owed, want one for the codes and one for what was removed", len(*owed))
	}
	if want := []string{"renamed", "replaced", "codes_replaced", "code_used", "removed"}; !slices.Equal(*told, want) {
		t.Errorf("told of %v, want %v", *told, want)
	}
	for kind, want := range map[string]int{"factor.renamed": 1, "factor.removed": 2, "factor.codes_issued": 2} {
		if got := len(g.noted(kind)); got != want {
			t.Errorf("%d events %s, want %d", got, kind, want)
		}
	}
	// What cannot be noted is not done.
	g.pages.Owe = func(context.Context, storage.Tx, string, session.Due) error { return storage.ErrUnavailable }
	last, offer := g.take(g.get(factorsPage + "/totp"))
	if got := g.post(factorsPage+"/totp", url.Values{"offer": {offer}, "code": {last.code(g.at)}, "others": {"1"}}); got.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("the answer is %d", got.StatusCode)
	}
	if bound, err := g.pages.Factors.Bound(ctx, id); err != nil || bound != (factor.Bound{}) {
		t.Errorf("bound: %+v, %v", bound, err)
	}
}

// noted returns the events of a kind.
func (g *rig) noted(kind string) (all []string) {
	g.t.Helper()
	err := g.store.View(g.t.Context(), func(tx storage.Tx) error {
		pending, err := tx.Audit().Pending(g.t.Context(), 10000)
		for _, e := range pending {
			if e.Kind == kind {
				all = append(all, string(e.Body))
			}
		}
		return err
	})
	if err != nil {
		g.t.Fatal(err)
	}
	return all
}

// TestFactorsChangeOnlyForWhoHasJustProvenThemselves: neither an old session nor one
// that never saw the second factor changes anything, whatever is sent.
func TestFactorsChangeOnlyForWhoHasJustProvenThemselves(t *testing.T) {
	g, id, _, _ := withTOTP(t)
	g.proven(id, flow.ACRMFA)
	one := factorsPage + "/" + g.factors()[0]
	changes := []string{one + "/rename", one + "/remove", one + "/replace", factorsPage + "/totp", factorsPage + "/passkey", factorsPage + "/codes"}
	ask := func(what string) {
		t.Helper()
		for _, path := range changes {
			g.asksToSignIn(what, g.get(path), path)
			g.asksToSignIn(what, g.post(path, url.Values{"name": {"mine"}, "code": {"123456"}}), path)
		}
	}
	for _, path := range changes {
		g.want("at once", g.get(path), http.StatusOK, "")
	}
	g.at = g.at.Add(10*time.Minute + time.Second)
	g.want("looking", g.get(factorsPage), http.StatusOK, "")
	ask("after ten minutes")
	g.shows("after ten minutes", g.asksToSignIn("again", g.get(one+"/remove"), one+"/remove"), "Show once more that it is you", `value="jsmith2"`)

	g.proven(id, flow.ACRPassword)
	for _, path := range changes {
		got := g.get(path)
		in := strings.TrimPrefix(got.Header.Get("Location"), "/interaction/")
		page := g.get(flow.PathFor(flow.StepSecondFactor, in))
		g.want("without the second factor", page, http.StatusOK, "")
		g.shows("without the second factor", page, `autocomplete="one-time-code"`)
	}
	if len(g.noted("factor.renamed"))+len(g.noted("factor.removed")) != 0 || len(g.noted("factor.codes_issued")) != 1 {
		t.Error("something was changed")
	}
}

// TestPolicyAsksWhoIsSignedInAlready: where policy asks for more by now than a session
// has proven, what people prove themselves with is changed by nobody before that.
func TestPolicyAsksWhoIsSignedInAlready(t *testing.T) {
	g := newRig(t)
	personID, _ := g.enroll("mlee")
	g.proven(personID, "")
	g.want("before", g.get(factorsPage+"/totp"), http.StatusOK, "")
	g.required = flow.ACRMFA
	got := g.get(factorsPage + "/totp")
	in := strings.TrimPrefix(got.Header.Get("Location"), "/interaction/")
	g.want("the sign-in", g.get(flow.PathFor(flow.StepSignIn, in)), http.StatusOK, "")
}

// offered is the set of codes that a page offers, sealed.
func (g *rig) offered(page answer) string {
	g.t.Helper()
	found := regexp.MustCompile(`name="offer" value="([^"]+)"`).FindStringSubmatch(page.text)
	if found == nil {
		g.t.Fatalf("nothing is offered:\n%s", page.text)
	}
	return found[1]
}

// TestPolicyAsksAtEveryOwnPage: whoever has proven less than policy asks of them by now
// sees and changes nothing of their account, or of an organization, before they have.
func TestPolicyAsksAtEveryOwnPage(t *testing.T) {
	g, id, phone, _ := withTOTP(t)
	g.required, g.pages.Strictest = "", ""
	g.withActivity()
	g.proven(id, flow.ACRPassword)
	elsewhere := g.elsewhere(id, "Firefox")
	pages := []string{"/account", "/account/sessions", "/account/activity", "/account/password", factorsPage}
	for _, page := range pages {
		g.want("before", g.get(page), http.StatusOK, "")
	}
	g.required, g.pages.Strictest = flow.ACRMFA, flow.ACRMFA
	end := url.Values{"session": {elsewhere.ID}}
	for _, page := range pages {
		got := g.get(page)
		in := strings.TrimPrefix(got.Header.Get("Location"), "/interaction/")
		if got.StatusCode != http.StatusSeeOther || in == got.Header.Get("Location") {
			t.Fatalf("%s: %d to %q", page, got.StatusCode, got.Header.Get("Location"))
		}
		asked := g.get(flow.PathFor(flow.StepSecondFactor, in))
		g.want(page, asked, http.StatusOK, "")
		g.shows(page, asked, `autocomplete="one-time-code"`)
		if state := g.state(in); state.Request.Own != page {
			t.Errorf("from %s it goes on to %q", page, state.Request.Own)
		}
	}
	if got := g.post("/account/sessions", end); !strings.HasPrefix(got.Header.Get("Location"), "/interaction/") || !g.alive(elsewhere) {
		t.Errorf("a session was ended: %d to %q", got.StatusCode, got.Header.Get("Location"))
	}
	g.want("signing out", g.get("/sign-out"), http.StatusOK, "")

	in := strings.TrimPrefix(g.get("/account/sessions").Header.Get("Location"), "/interaction/")
	g.at = g.at.Add(time.Minute)
	g.want("the code", g.post(flow.PathFor(flow.StepSecondFactor, in), url.Values{"code": {phone.code(g.at)}}), http.StatusSeeOther, flow.ResumePath(in))
	g.proven(id, flow.ACRMFA) // as the dispatcher raises it
	for _, page := range pages {
		g.want("afterwards", g.get(page), http.StatusOK, "")
	}
	g.want("ending one", g.post("/account/sessions", end), http.StatusSeeOther, "/account/sessions")
	if g.alive(elsewhere) {
		t.Error("it is not ended")
	}
}

// TestNobodySeesTheFactorsOfOthers: whose id is known is found by nobody else.
func TestNobodySeesTheFactorsOfOthers(t *testing.T) {
	g, id, _, _ := withTOTP(t)
	g.proven(id, flow.ACRMFA)
	one := factorsPage + "/" + g.factors()[0]
	g.required = "" // who has nothing is asked for nothing
	other, _ := g.enroll("mlee")
	g.proven(other, "")
	if len(g.factors()) != 0 {
		t.Error("the list shows another person's")
	}
	for _, path := range []string{one + "/rename", one + "/replace"} {
		g.want(path, g.get(path), http.StatusNotFound, "")
	}
	g.want("renaming", g.post(one+"/rename", url.Values{"name": {"mine"}}), http.StatusNotFound, "")
	g.want("removing", g.post(one+"/remove", nil), http.StatusSeeOther, factorsPage)
	g.want("codes for nothing", g.post(factorsPage+"/codes", nil), http.StatusSeeOther, factorsPage)
	g.proven(id, flow.ACRMFA)
	if len(g.factors()) != 1 {
		t.Error("a person removed what another one has")
	}
}

// TestWhatPolicyAsksForStays: the last factor that it asks for is not removed, not
// even by two that remove two at once.
func TestWhatPolicyAsksForStays(t *testing.T) {
	g, id, _, _ := withTOTP(t)
	demand := factor.DemandAny
	g.pages.Factors.Demand = func(context.Context, storage.Tx, string) (factor.Demand, error) { return demand, nil }
	g.proven(id, flow.ACRMFA)
	remove := func() string { return factorsPage + "/" + g.factors()[0] + "/remove" }
	g.shows("the list", g.get(factorsPage), "Add another one before you remove it.")
	if strings.Contains(g.get(factorsPage).text, "/remove") {
		t.Error("the list leads to removing it")
	}
	refused := g.post(remove(), nil)
	g.want("the last one", refused, http.StatusConflict, "")
	g.shows("the last one", refused, "Add another one before you remove it.")

	second, offer := g.take(g.get(factorsPage + "/totp"))
	g.want("another one", g.post(factorsPage+"/totp", url.Values{"offer": {offer}, "code": {second.code(g.at)}}), http.StatusSeeOther, factorsPage)
	ids := g.factors()
	if len(ids) != 2 {
		t.Fatalf("%d factors", len(ids))
	}
	var all sync.WaitGroup
	for _, one := range ids {
		all.Go(func() {
			if err := g.pages.Factors.Remove(t.Context(), id, one, nil); err != nil && problem.From(err).Code != problem.Conflict {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if len(g.factors()) != 1 {
		t.Errorf("%d are left of two that were removed at once", len(g.factors()))
	}
	demand = factor.DemandPasskey // which there is none of: nothing that is left helps
	g.want("where only a passkey is enough", g.post(remove(), nil), http.StatusConflict, "")
	demand = factor.DemandNothing
	g.want("where nothing is asked for", g.post(remove(), nil), http.StatusSeeOther, factorsPage)
}

// TestFirstCodesAreShownAgain: who loads the page with their first recovery codes again
// is shown the same ones, also when the code of the app is long over; not in another
// session, and not where somebody else may have come upon the browser.
func TestFirstCodesAreShownAgain(t *testing.T) {
	g := newRig(t)
	id, _ := g.enroll("mlee")
	told := g.told()
	g.proven(id, flow.ACRPassword)
	page := factorsPage + "/totp"
	phone, offer := g.take(g.get(page))
	form := url.Values{"offer": {offer}, "code": {phone.code(g.at)}}
	g.want("a wrong code", g.post(page, url.Values{"offer": {offer}, "code": {"000000"}}), http.StatusUnprocessableEntity, "")
	first := g.codes(g.post(page, form))
	if len(first) != 10 {
		t.Fatalf("%d codes", len(first))
	}
	g.at = g.at.Add(3 * time.Minute)
	if again := g.codes(g.post(page, form)); !slices.Equal(again, first) {
		t.Errorf("loaded again, the page shows %v, and before %v", again, first)
	}
	if err := g.pages.Factors.VerifyRecovery(t.Context(), id, first[4]); err != nil {
		t.Errorf("a code that was written down: %v", err)
	}
	if again := g.codes(g.post(page, form)); !slices.Equal(again, slices.Delete(slices.Clone(first), 4, 5)) {
		t.Errorf("after one was used, the page shows %v of %v", again, first)
	}
	if want := []string{"added", "code_used"}; !slices.Equal(*told, want) {
		t.Errorf("told of %v, want %v", *told, want)
	}
	if n := len(g.noted("factor.codes_issued")); n != 1 {
		t.Errorf("%d sets were drawn", n)
	}

	cookie := g.jar["__Host-claviger-session"]
	g.proven(id, flow.ACRMFA)
	if got := g.post(page, form); len(g.codes(got)) != 0 {
		t.Errorf("in another session the page shows %v", g.codes(got))
	}
	g.jar["__Host-claviger-session"] = cookie
	g.at = g.at.Add(8 * time.Minute)
	g.asksToSignIn("after ten minutes", g.post(page, form), factorsPage)
}
