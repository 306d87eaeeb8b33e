package e2e

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The logos of the house and of one application.
const (
	houseLogo = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 40"><style>.a{fill:#ffd166}</style><path class="a" d="M4 20 20 4l16 16-16 16z"/><path fill="#fff" d="M48 12h64v4H48zM48 24h40v4H48z"/></svg>`
	ownLogo   = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><circle cx="20" cy="20" r="18" fill="#7a1f3d"/></svg>`
)

// TestBrand shows a server with a name, a logo and colors of its own, and one
// application that has others: people see them, in both schemes and languages, can
// read them, and nothing comes from elsewhere.
func TestBrand(t *testing.T) {
	t.Parallel()
	logos := t.TempDir()
	for name, text := range map[string]string{"house.svg": houseLogo, "own.svg": ownLogo} {
		if err := os.WriteFile(filepath.Join(logos, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	in := newInstallation(t, "embedded", map[string]string{
		"brand.name": quote("Cove Hospitals"), "brand.help": quote("Call 555-0199."), "brand.help_es": quote("Llame al 555-0199."),
		"brand.logo":  quote(filepath.Join(logos, "house.svg")),
		"brand.light": `{accent = "#1a4b8c", panel = "#12305c", highlight = "#ffd166"}`,
		"brand.dark":  `{accent = "#9cc4ff", panel = "#0d2240", highlight = "#ffd166"}`,
		"brand.applications": `{own = {name = "Cove Dental", help = "Call 555-0142.", logo = ` + quote(filepath.Join(logos, "own.svg")) +
			`, light = {accent = "#7a1f3d", panel = "#ffffff", highlight = "#7a1f3d"}}}`,
	})
	const back = "http://127.0.0.1:9/callback"
	in.register("plain", back, back)
	in.register("own", back, back)
	in.serve()
	b := newBrowser(t)
	signIn := func(client, language string) {
		b.open(in.issuer + "/authorize?" + url.Values{
			"client_id": {client}, "response_type": {"code"}, "scope": {"openid"}, "redirect_uri": {back}, "state": {"state-0123456789"},
			"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"}, "ui_locales": {language},
		}.Encode())
		b.see("#password")
	}
	shows := func(name, panel, button string, texts ...string) {
		t.Helper()
		for _, text := range append(texts, name) {
			if !strings.Contains(b.text(), text) {
				t.Errorf("no %q on the page:\n%s", text, b.text())
			}
		}
		const look = `(() => {
			const logo = document.querySelector(".logo");
			const color = (selector) => getComputedStyle(document.querySelector(selector)).backgroundColor;
			const elsewhere = performance.getEntriesByType("resource").filter(e => !e.name.startsWith(location.origin + "/assets/")).map(e => e.name);
			return [logo && logo.complete && logo.naturalWidth > 0 ? "logo" : "no logo", color(".panel"), color("#submit"), ...elsewhere].join(" ");
		})()`
		if got, want := b.script(look), "logo "+panel+" "+button; got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		b.checkBarriers(name)
		b.shot(strings.ReplaceAll(name+"-"+panel, " ", "-"))
		ctx, cancel := context.WithTimeout(b.ctx, patience)
		defer cancel()
		if err := b.weigh(ctx, name); err != nil {
			t.Error(err)
		}
	}
	const navy, blue, night, sky, white, wine = "rgb(18, 48, 92)", "rgb(26, 75, 140)", "rgb(13, 34, 64)", "rgb(156, 196, 255)", "rgb(255, 255, 255)", "rgb(122, 31, 61)"

	b.scheme("light")
	signIn("plain", "en")
	shows("Cove Hospitals", navy, blue, "Call 555-0199.")
	b.scheme("dark")
	signIn("plain", "es")
	shows("Cove Hospitals", night, sky, "Llame al 555-0199.")

	// The application has its own, in either language, and in the dark the house's
	// colors, for which it has none.
	b.scheme("light")
	signIn("own", "es")
	shows("Cove Dental", white, wine, "Call 555-0142.")
	b.scheme("dark")
	shows("Cove Dental", night, sky)
	b.scheme("light")
	b.open(in.issuer + "/security")
	if text := b.text(); !strings.Contains(text, "Cove Hospitals") || strings.Contains(text, "Dental") {
		t.Errorf("a page that belongs to no sign-in shows the brand of one:\n%s", text)
	}

	// Whoever opens the logo itself gets a picture that runs nothing.
	res, err := http.Get(in.issuer + b.script(`new URL(document.querySelector(".logo").src).pathname`))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	policy := res.Header.Get("Content-Security-Policy")
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "image/svg+xml" || res.Header.Get("X-Content-Type-Options") != "nosniff" ||
		!strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(policy, "script-src") {
		t.Errorf("the logo: %d %v", res.StatusCode, res.Header)
	}
}
