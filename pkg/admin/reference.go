package admin

import (
	_ "embed"
	"net/http"

	"github.com/claviger-id/claviger/pkg/web"
)

//go:embed reference.html
var referencePage []byte

//go:embed reference.js
var referenceScript []byte

//go:embed reference.css
var referenceStyle []byte

// serveReference serves the document and a page that shows it. Neither holds
// anything of the installation but its addresses.
func (*API) serveReference(mux *web.Mux, document []byte) {
	for path, one := range map[string]struct {
		mediaType string
		text      []byte
	}{
		"/openapi.json":  {"application/vnd.oai.openapi+json;version=3.1", document},
		"/reference":     {"text/html; charset=utf-8", referencePage},
		"/reference.js":  {"text/javascript; charset=utf-8", referenceScript},
		"/reference.css": {"text/css; charset=utf-8", referenceStyle},
	} {
		mux.Handle("GET "+path, func(w http.ResponseWriter, _ *http.Request) error {
			h := w.Header()
			h.Set("Content-Type", one.mediaType)
			h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
			_, err := w.Write(one.text)
			return err
		})
	}
}
