package pages_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/pages"
)

// asked is a page for a browser that asks for languages.
func (g *rig) asked(path, accept string) answer {
	r := httptest.NewRequest("GET", origin+path, nil)
	if accept != "" {
		r.Header.Set("Accept-Language", accept)
	}
	return g.do(r)
}

// standard serves the pages anew in another language of the operator's.
func (g *rig) standard(lang string) {
	was := g.pages
	g.pages = &pages.Pages{
		Interactions: was.Interactions, Credentials: was.Credentials, Sessions: was.Sessions, UserID: was.UserID,
		Cookies: was.Cookies, Brand: was.Brand, Host: was.Host, Factors: was.Factors, Bound: was.Bound, Recall: was.Recall, Language: lang, Log: was.Log,
	}
	g.serve()
}

func TestLanguageOfARequest(t *testing.T) {
	for name, c := range map[string]struct {
		standard, locales, accept, want string
	}{
		"nothing is asked for":            {"", "", "", "en"},
		"the operator's own":              {"es", "", "", "es"},
		"the browser's":                   {"", "", "es-MX,es;q=0.9,en;q=0.5", "es"},
		"the browser's against ours":      {"es", "", "en-US", "en"},
		"the browser's second wish":       {"", "", "ja, es;q=0.5, en;q=0.1", "es"},
		"a language that we do not have":  {"", "", "ja", "en"},
		"an Accept-Language that is none": {"es", "", "=;,,", "es"},
		"one that is too long":            {"", "", "es" + strings.Repeat(",en-US;q=0.1", 100), "en"},
		"the application's":               {"", "es", "en", "es"},
		"the application's second wish":   {"", "ja es", "en", "es"},
		"tags that are none":              {"", "!! x-%% es-419", "en", "es"},
		"the application's is not ours":   {"", "ja", "es", "es"},
	} {
		g := newRig(t)
		if c.standard != "" {
			g.standard(c.standard)
		}
		in := g.begin(func(r *flow.Request) { r.UILocales = c.locales })
		page := g.asked("/interaction/"+in+"/sign-in", c.accept)
		title := map[string]string{"en": "Sign in", "es": "Inicie sesión"}[c.want]
		if page.Header.Get("Content-Language") != c.want || !strings.Contains(page.text, `<html lang="`+c.want+`" dir="ltr">`) || !strings.Contains(page.text, `<h1 id="title">`+title) {
			t.Errorf("%s: %q, want %q\n%s", name, page.Header.Get("Content-Language"), c.want, page.text)
		}
	}
}

// TestLanguageSwitch: whoever chooses a language stays where they are, and keeps
// it on the pages that follow, whatever the application and the browser want.
func TestLanguageSwitch(t *testing.T) {
	g := newRig(t)
	in := "/interaction/" + g.begin(func(r *flow.Request) { r.UILocales = "en" }) + "/sign-in"
	g.shows("the page", g.get(in), `<a href="`+in+`?lang=es" lang="es" hreflang="es">Español</a>`, `aria-current="true">English`)
	wrong := g.post(in, url.Values{"userid": {"jsmith"}})
	g.shows("the page that reports a problem", wrong, `href="`+in+`?lang=es"`)

	chosen := g.get(in + "?lang=es")
	g.want("the choice", chosen, http.StatusOK, "")
	g.shows("the choice", chosen, "Inicie sesión", `href="`+in+`?lang=en"`)
	if g.jar["__Host-claviger-language"] != "es" {
		t.Errorf("cookies: %v", g.jar)
	}
	for _, path := range []string{in, "/", "/device?user_code=WDJB"} {
		if page := g.asked(path, "en"); page.Header.Get("Content-Language") != "es" {
			t.Errorf("%s is in %q", path, page.Header.Get("Content-Language"))
		}
	}
	g.shows("what the address holds stays", g.get("/device?user_code=WDJB"), "/device?lang=en&amp;user_code=WDJB")
	g.shows("a missing page", g.get("/nothing"), "Aquí no hay ninguna página")

	for _, bad := range []string{"xx", "", "es;Path=/", strings.Repeat("e", 500)} {
		g.get("/?lang=" + url.QueryEscape(bad))
		if g.jar["__Host-claviger-language"] != "es" {
			t.Errorf("%q is taken for a language", bad)
		}
	}
	g.get("/?lang=en")
	if got := g.get(in).Header.Get("Content-Language"); got != "en" {
		t.Errorf("back in English: %q", got)
	}
}

// TestRefusalsAreTranslated: what services refuse is told in the language of the
// page, never in English on a Spanish one.
func TestRefusalsAreTranslated(t *testing.T) {
	g := newRig(t)
	id, _ := g.enroll("jsmith")
	in := g.begin(func(r *flow.Request) { r.UILocales = "es" })
	note := flow.SignedIn{PersonID: id, Subject: "s", AuthTime: g.at, PasswordKind: "temporary", PasswordVersion: 1, PasswordMust: "temporary"}
	loaded, err := g.pages.Interactions.Load(t.Context(), in, g.jar["__Host-claviger-browser"])
	if err != nil {
		t.Fatal(err)
	}
	if err := g.pages.Interactions.RecordSignIn(t.Context(), &loaded, note); err != nil {
		t.Fatal(err)
	}
	for chosen, want := range map[string]string{
		"short":                     "Use al menos 15 caracteres",
		"abababababababababab":      "repite una y otra vez",
		"Jordan Smith Jordan Smith": "contiene «",
	} {
		page := g.post("/interaction/"+in+"/choose-password", url.Values{"new-password": {chosen}, "confirm": {chosen}})
		g.shows(chosen, page, want)
		if strings.Contains(page.text, "This password") {
			t.Errorf("%s: English on a Spanish page", chosen)
		}
	}
	g.withForm()
	r := newPost(t, "/apply", url.Values{"given_name": {"Jordan"}, "npi": {"1234567890"}})
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Accept-Language", "es")
	g.shows("the form", g.do(r), "El dígito de control del NPI no es correcto.", "Este campo es obligatorio.")
}
