package pages

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/brand"
	"github.com/claviger-id/claviger/pkg/web"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed assets
var assetFiles embed.FS

// press is what all pages are made with.
type press struct {
	languages *languages
	assets    *web.Assets
	templates map[string]*template.Template
	house     look
	// looks are those of applications that have a brand of their own, by their
	// identifiers.
	looks map[string]look
}

// printer makes the pages of one request.
type printer struct {
	*press
	request *http.Request
	cookies web.Cookies
	look    look
	host    string
	log     *slog.Logger
	texts   *Texts
	// chosen is the language that the person has just chosen, or empty.
	chosen string
	// keeps and kept are the one parameter of the address, and its value, that
	// the page needs to be the same again. A page that cannot be had again is
	// fleeting.
	keeps, kept string
	fleeting    bool
	// places is the way to the pages of an account; empty for the others.
	places []place
}

// frame is what every view begins with.
type frame struct {
	T                   *Texts
	Brand               shown
	Title               string
	Problem             bool // the title says so
	Style, Script, Mark string
	MarkType            string // the media type of Mark
	Nonce               string
	// Tongues leads to this page in other languages; empty where the page would
	// not be the same again.
	Tongues []tongue
	// Places is the way to the pages of an account; empty for the others.
	Places []place

	by *printer
}

// newPress parses what is embedded; it fails only when that is damaged.
func newPress(standard string, zone *time.Location, house brand.Brand, applications map[string]brand.Brand) (*press, error) {
	files, err := fs.Sub(assetFiles, "assets")
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	assets, err := web.NewAssets(files)
	if err != nil {
		return nil, err
	}
	shared, err := template.New("frame.html").Option("missingkey=error").
		ParseFS(templateFiles, "templates/frame.html", "templates/parts.html")
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	p := &press{languages: newLanguages(standard, zone), assets: assets, templates: map[string]*template.Template{}}
	for _, name := range []string{"sign-in", "choose-account", "choose-password", "renew-password", "second-factor", "set-up-factor", "set-up-totp", "recovery-codes", "act-for", "elsewhere", "account-delegations", "account-delegation-end", "account-delegation-grant", "consent", "agreement", "agreement-declined", "device", "device-done", "apply", "applied", "account-sessions", "account-activity", "manage-home", "manage", "manage-grant", "manage-invite", "manage-invited", "manage-remove", "change-password", "account", "security", "account-profile", "account-agreements", "account-agreement", "account-take-back", "account-applications", "account-withdraw", "account-factors", "account-factor-rename", "account-factor-remove", "account-factor-passkey", "account-codes", "forgotten", "advice", "recover", "temporary", "sign-out", "signing-out", "signed-out", "home", "error"} {
		t, err := shared.Clone()
		if err != nil {
			return nil, fmt.Errorf("pages: %w", err)
		}
		if p.templates[name], err = t.ParseFS(templateFiles, "templates/"+name+".html"); err != nil {
			return nil, fmt.Errorf("pages: %w", err)
		}
	}
	return p, p.dress(house, applications)
}

// press parses the templates at first use. They are embedded: that they are
// whole is settled when the program is built and tested. Logos were looked at when
// they were read.
func (p *Pages) press() *press {
	p.once.Do(func() {
		made, err := newPress(p.Language, p.Zone, p.Brand, p.Brands)
		if err != nil {
			panic(err)
		}
		p.pressed = made
	})
	return p.pressed
}

// printer is what makes the pages of a request, in its language. in is the
// interaction that the page belongs to; nil where it belongs to none.
func (p *Pages) printer(r *http.Request, in *flow.Interaction) *printer {
	pr := &printer{press: p.press(), request: r, cookies: p.Cookies, look: p.press().house, host: p.Host, log: p.Log}
	locales := ""
	if in != nil {
		locales = in.State.Request.UILocales
		if own, ok := pr.looks[in.State.Request.ClientID]; ok {
			pr.look = own
		}
	}
	pr.texts, pr.chosen = pr.languages.of(r, p.Cookies.Language(r), locales)
	return pr
}

// frame begins a view. With a script the page asks for a nonce.
func (p *printer) frame(title string, script bool) frame {
	f := frame{
		T: p.texts, Brand: p.look.shown(p.host, p.texts.Lang), Title: title, Tongues: p.tongues(), Places: p.places, by: p,
		Style: p.look.style, Mark: p.look.mark, MarkType: p.look.markType,
	}
	if script {
		f.Script, f.Nonce = p.assets.Path("comfort.js"), web.Nonce(p.request.Context())
	}
	return f
}

// print writes a whole page, or nothing when the template fails.
func (p *printer) print(w http.ResponseWriter, status int, name string, view any) error {
	var b bytes.Buffer
	if err := p.templates[name].Execute(&b, view); err != nil {
		return fmt.Errorf("pages: %s: %w", name, err)
	}
	if p.chosen != "" {
		p.cookies.SetLanguage(w, p.chosen)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	h.Set("Content-Language", p.texts.Lang)
	w.WriteHeader(status)
	_, err := w.Write(b.Bytes())
	return err
}
