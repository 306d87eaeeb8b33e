package pages_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/oidc/flow"
)

// TestChooseAccount: who is signed in goes on, or somebody else signs in; each in two
// tabs, twice, and after coming back.
func TestChooseAccount(t *testing.T) {
	g := newRig(t)
	id, _ := g.enroll("jsmith2")
	other, temporary := g.enroll("mlee")
	asks := func(r *flow.Request) { r.Prompt = []string{"select_account"} }
	shown := func(page answer) string {
		found := regexp.MustCompile(`name="session" value="([^"]+)"`).FindStringSubmatch(page.text)
		if found == nil {
			t.Fatalf("the page has no session:\n%s", page.text)
		}
		return found[1]
	}

	// Nobody is signed in: there is nothing to choose.
	in := g.begin(asks)
	page := "/interaction/" + in + "/choose-account"
	g.want("with no session", g.get(page), http.StatusSeeOther, flow.ResumePath(in))
	g.want("the answer all the same", g.post(page, url.Values{"answer": {"same"}, "session": {""}}), http.StatusSeeOther, flow.ResumePath(in))
	if g.state(in).Chosen != "" {
		t.Error("nobody was chosen")
	}

	current := g.session(id, true)
	got := g.get(page)
	g.want("the page", got, http.StatusOK, "")
	g.shows("the page", got, "Harbor Provider Portal asks", ">jsmith2<", "Use another account")
	same := url.Values{"answer": {"same"}, "session": {shown(got)}}
	g.want("goes on", g.post(page, same), http.StatusSeeOther, flow.ResumePath(in))
	g.want("twice", g.post(page, same), http.StatusSeeOther, flow.ResumePath(in))
	if s := g.state(in); s.Chosen != current.ID || s.Another {
		t.Errorf("state %+v", s)
	}

	// Another account: the sign-in page knows nobody. Back leads to the choice again.
	g.want("another", g.post(page, url.Values{"answer": {"another"}}), http.StatusSeeOther, flow.ResumePath(in))
	signIn := g.get("/interaction/" + in + "/sign-in")
	g.want("the sign-in page", signIn, http.StatusOK, "")
	if strings.Contains(signIn.text, "jsmith2") {
		t.Errorf("the sign-in page names the other:\n%s", signIn.text)
	}
	g.want("back", g.get(page), http.StatusOK, "")
	g.want("and on after all", g.post(page, same), http.StatusSeeOther, flow.ResumePath(in))
	if s := g.state(in); s.Chosen != current.ID || s.Another {
		t.Errorf("state %+v", s)
	}

	// Somebody else has signed in meanwhile: nobody goes on as them unseen.
	g.session(other, true)
	g.want("shown another", g.post(page, same), http.StatusSeeOther, flow.ResumePath(in))
	if s := g.state(in); s.Chosen != current.ID {
		t.Errorf("state %+v", s)
	}
	g.shows("now", g.get(page), ">mlee<")
	g.post(page, url.Values{"answer": {"another"}})
	g.post("/interaction/"+in+"/sign-in", url.Values{"userid": {"mlee"}, "password": {temporary}})
	if s := g.state(in); s.PersonID() != other || s.Another {
		t.Errorf("after signing in: %+v", s)
	}
	g.want("the choice once more", g.get(page), http.StatusSeeOther, flow.ResumePath(in))

	// No is no.
	in = g.begin(asks)
	page = "/interaction/" + in + "/choose-account"
	g.want("cancelled", g.post(page, url.Values{"cancel": {"1"}}), http.StatusSeeOther, flow.ResumePath(in))
	g.want("and then another", g.post(page, url.Values{"answer": {"another"}}), http.StatusSeeOther, flow.ResumePath(in))
	if !g.state(in).Refused {
		t.Error("it was not refused")
	}
}

// TestNotYou: where a page says who is signed in, somebody else may take over, and
// nothing that was done before counts for them.
func TestNotYou(t *testing.T) {
	g := newRig(t)
	id, _ := g.enroll("jsmith2")
	g.session(id, true)
	in := g.begin(func(r *flow.Request) { r.Prompt = []string{"consent"} })
	consent := g.get("/interaction/" + in + "/consent")
	g.shows("consent", consent, ">jsmith2<", "Not you?", `action="/interaction/`+in+`/choose-account"`)
	g.want("somebody else", g.post("/interaction/"+in+"/choose-account", url.Values{"answer": {"another"}}), http.StatusSeeOther, flow.ResumePath(in))
	g.want("consent", g.get("/interaction/"+in+"/consent"), http.StatusSeeOther, flow.ResumePath(in))
	g.want("the sign-in page", g.get("/interaction/"+in+"/sign-in"), http.StatusOK, "")

	in = g.begin(func(r *flow.Request) { r.Prompt = []string{"consent"} })
	g.signedIn(in, id)
	g.post("/interaction/"+in+"/choose-account", url.Values{"answer": {"another"}})
	if s := g.state(in); s.SignedIn != nil {
		t.Errorf("what the other proved counts still: %+v", s)
	}

	account := g.get("/account")
	g.shows("the account", account, ">jsmith2<", `href="/account/switch"`)
	to := g.get("/account/switch").Header.Get("Location")
	if !strings.HasPrefix(to, "/interaction/") {
		t.Fatalf("the switch leads to %q", to)
	}
	g.shows("the choice", g.get(to+"/choose-account"), ">jsmith2<", "signed in here already")
	g.post(to+"/choose-account", url.Values{"answer": {"another"}})
	if page := g.get(to + "/sign-in"); strings.Contains(page.text, "jsmith2") || !strings.Contains(page.text, `id="userid"`) {
		t.Errorf("the sign-in page:\n%s", page.text)
	}
	if g.get("/account").StatusCode != http.StatusOK {
		t.Error("who only looked is signed out")
	}
}
