package pages_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/web"
	"github.com/claviger-id/claviger/storage"
)

// withForm serves the application form.
func (g *rig) withForm() {
	g.t.Helper()
	pattern, err := enroll.ParsePattern("{first:1}{last}{n}")
	if err != nil {
		g.t.Fatal(err)
	}
	g.pages.Apply = &enroll.Form{
		Applications: &enroll.Applications{Store: g.store, People: g.people, Pattern: pattern},
		Attempts:     g.pages.Credentials.Attempts, Now: g.pages.Credentials.Now,
	}
	g.mux = web.NewBrowserMux(web.BrowserOptions{Log: g.pages.Log, Now: g.pages.Credentials.Now, Fault: g.pages.Fault, Secure: true})
	g.pages.Routes(g.mux)
}

func written() url.Values {
	return url.Values{"given_name": {"Jordan"}, "family_name": {"Smith"}, "npi": {"1234567893"}, "email": {"j@example.org"}, "unknown": {"x"}}
}

func (g *rig) waiting() (all []storage.Application) {
	g.t.Helper()
	if err := g.store.View(g.t.Context(), func(tx storage.Tx) (err error) {
		all, err = tx.Applications().List(g.t.Context(), storage.ApplicationSubmitted, storage.Application{}, 100)
		return err
	}); err != nil {
		g.t.Fatal(err)
	}
	return all
}

func TestThereIsNoFormUnlessWanted(t *testing.T) {
	g := newRig(t)
	g.want("the form", g.get("/apply"), http.StatusNotFound, "")
	g.want("an application", g.post("/apply", written()), http.StatusNotFound, "")
	if page := g.get("/interaction/" + g.begin(nil) + "/sign-in"); strings.Contains(page.text, "/apply") {
		t.Error("the sign-in page leads to a form that there is not")
	}
}

func TestApply(t *testing.T) {
	g := newRig(t)
	g.withForm()
	g.shows("the sign-in page", g.get("/interaction/"+g.begin(nil)+"/sign-in"), `href="/apply"`)
	page := g.get("/apply")
	g.want("the form", page, http.StatusOK, "")
	g.shows("the form", page, `id="given_name"`, `autocomplete="family-name"`, "Social Security")

	wrong := g.post("/apply", url.Values{"given_name": {`<b>"Jordan"`}, "npi": {"1234567890"}})
	g.want("a wrong application", wrong, http.StatusUnprocessableEntity, "")
	g.shows("a wrong application", wrong, "has a wrong check digit", `id="family_name-problem"`, "&lt;b&gt;&#34;Jordan&#34;", `value="1234567890"`, "Problem: ")
	if n := len(g.waiting()); n != 0 {
		t.Fatalf("%d applications wait", n)
	}

	// The second one with the same NPI is answered like the first, and dropped.
	for range 2 {
		sent := g.post("/apply", written())
		to := sent.Header.Get("Location")
		if sent.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, "/apply/received?reference=") {
			t.Fatalf("%d to %q\n%s", sent.StatusCode, to, sent.text)
		}
		g.shows("the receipt", g.get(to), "Your application was received", strings.TrimPrefix(to, "/apply/received?reference="))
	}
	all := g.waiting()
	if len(all) != 1 || all[0].Source != "form" || all[0].SubmittedBy != "applicant" {
		t.Errorf("waiting: %+v", all)
	}
	// They are written to in the language of the page.
	g.get("/apply?lang=es")
	other := written()
	other.Set("npi", "1245319599")
	g.post("/apply", other)
	locales := map[string]int{}
	for _, one := range g.waiting() {
		profile, err := g.people.OpenApplication(one)
		if err != nil {
			t.Fatal(err)
		}
		locales[profile.Locale]++
	}
	if want := map[string]int{"en": 1, "es": 1}; !maps.Equal(locales, want) {
		t.Errorf("the languages of the applicants are %v, want %v", locales, want)
	}
	if forged := g.get("/apply/received?reference=Call+1-900-SCAM+now+please"); strings.Contains(forged.text, "SCAM") {
		t.Error("the receipt shows what somebody put into the address")
	}
}

func TestApplicationsOfOneAddressAreLimited(t *testing.T) {
	g := newRig(t)
	g.withForm()
	one := url.Values{"given_name": {"Jordan"}, "family_name": {"Smith"}}
	for i := range 10 {
		if sent := g.post("/apply", one); sent.StatusCode != http.StatusSeeOther {
			t.Fatalf("application %d: %d", i+1, sent.StatusCode)
		}
	}
	sent := g.post("/apply", one)
	g.want("the eleventh", sent, http.StatusTooManyRequests, "")
	g.shows("the eleventh", sent, "Try again in 1 hour", `value="Jordan"`)
	if sent.Header.Get("Retry-After") != "3600" {
		t.Errorf("Retry-After is %q", sent.Header.Get("Retry-After"))
	}
	if n := len(g.waiting()); n != 10 {
		t.Errorf("%d applications wait", n)
	}
	g.at = g.at.Add(time.Hour + time.Second)
	if sent := g.post("/apply", one); sent.StatusCode != http.StatusSeeOther {
		t.Errorf("after an hour: %d", sent.StatusCode)
	}
}

func TestAnApplicationFromAnotherSiteIsRefused(t *testing.T) {
	g := newRig(t)
	g.withForm()
	r := newPost(t, "/apply", written())
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if got := g.do(r); got.StatusCode != http.StatusForbidden {
		t.Errorf("status %d", got.StatusCode)
	}
	if n := len(g.waiting()); n != 0 {
		t.Errorf("%d applications wait", n)
	}
}

func newPost(t *testing.T, path string, form url.Values) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, origin+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}
