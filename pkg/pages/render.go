package pages

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strconv"

	"github.com/claviger-id/claviger/pkg/web"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed assets
var assetFiles embed.FS

// Brand is the operator's own part of every page.
type Brand struct {
	// Name is the organisation's name.
	Name string
	// Help is one line that says whom to call.
	Help string
	// Host is the issuer's host as the address bar shows it. It may be empty.
	Host string
}

// printer makes pages of views.
type printer struct {
	texts     *Texts
	assets    *web.Assets
	templates map[string]*template.Template
}

// frame is what every view begins with.
type frame struct {
	T                   *Texts
	Brand               Brand
	Title               string
	Problem             bool // the title says so
	Style, Script, Mark string
	Nonce               string
}

// newPrinter parses what is embedded; it fails only when that is damaged.
func newPrinter(texts *Texts) (*printer, error) {
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
	p := &printer{texts: texts, assets: assets, templates: map[string]*template.Template{}}
	for _, name := range []string{"sign-in", "choose-password", "renew-password", "second-factor", "set-up-factor", "set-up-totp", "recovery-codes", "consent", "device", "device-done", "apply", "applied", "account-sessions", "change-password", "forgotten", "advice", "recover", "temporary", "sign-out", "signing-out", "signed-out", "home", "error"} {
		t, err := shared.Clone()
		if err != nil {
			return nil, fmt.Errorf("pages: %w", err)
		}
		if p.templates[name], err = t.ParseFS(templateFiles, "templates/"+name+".html"); err != nil {
			return nil, fmt.Errorf("pages: %w", err)
		}
	}
	return p, nil
}

// frame begins a view. With a script the page asks for a nonce.
func (p *printer) frame(r *http.Request, brand Brand, title string, script bool) frame {
	f := frame{
		T: p.texts, Brand: brand, Title: title,
		Style: p.assets.Path("style.css"), Mark: p.assets.Path("mark.svg"),
	}
	if script {
		f.Script, f.Nonce = p.assets.Path("comfort.js"), web.Nonce(r.Context())
	}
	return f
}

// print writes a whole page, or nothing when the template fails.
func (p *printer) print(w http.ResponseWriter, status int, name string, view any) error {
	var b bytes.Buffer
	if err := p.templates[name].Execute(&b, view); err != nil {
		return fmt.Errorf("pages: %s: %w", name, err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	h.Set("Content-Language", p.texts.Lang)
	w.WriteHeader(status)
	_, err := w.Write(b.Bytes())
	return err
}
