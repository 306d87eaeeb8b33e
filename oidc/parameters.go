package oidc

import (
	"net/http"
	"net/url"

	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/web"
)

// parameters reads what a browser brought, from the query of a GET or the body
// of a POST, never from both.
func parameters(r *http.Request) (url.Values, error) {
	if r.Method == http.MethodPost {
		return web.Form(r)
	}
	if len(r.URL.RawQuery) > maxParameters {
		return nil, problem.New(problem.Invalid, "The address is longer than any that we answer.")
	}
	return web.Query(r)
}

// maxMoved is the longest query that a POST is turned into.
const maxMoved = 4096

// moved answers a POST that came from another site with a redirect to the same
// request as a GET, and says that it did. Cookies that are SameSite=Lax do not
// come with such a POST, and without them nobody seems to be signed in; with
// the GET that follows they do.
func (p *Provider) moved(w http.ResponseWriter, r *http.Request, path string, form url.Values) bool {
	if r.Method != http.MethodPost || p.Cookies.Session(r) != "" || p.Cookies.Browser(r) != "" {
		return false
	}
	query := form.Encode()
	if len(query) > maxMoved {
		return false
	}
	seeOther(w, path+"?"+query)
	return true
}

// seeOther redirects with 303, so that nothing that was posted is posted again
// (RFC 9700 section 4.12). The address is used as it is.
func seeOther(w http.ResponseWriter, address string) {
	w.Header().Set("Location", address)
	w.WriteHeader(http.StatusSeeOther)
}

// limits is the most bytes that a parameter may have. What is not listed is not
// looked at.
var limits = map[string]int{
	"client_id": 128, "redirect_uri": 2048, "response_type": 128, "response_mode": 64, "scope": 2048,
	"state": 2048, "nonce": 512, "prompt": 128, "max_age": 20, "acr_values": 512, "login_hint": 256,
	"ui_locales": 256, "display": 32, "code_challenge": 128, "code_challenge_method": 16, "id_token_hint": 8192,
	"request": 12 << 10, "request_uri": 512, "claims": 4096, "resource": 2048, "dpop_jkt": 64,
	"client_assertion": 8192, "assertion": 8192, "client_assertion_type": 128, "token": 8192, "token_type_hint": 64,
	"device_code": 256, "user_code": 64, "subject_token": 8192, "subject_token_type": 128, "requested_token_type": 128, "audience": 2048,
	"post_logout_redirect_uri": 2048, "logout_hint": 256,
	"grant_type": 128, "code": 256, "refresh_token": 512, "code_verifier": 256, "client_secret": 512,
}

// tooLong returns the first parameter, of those in the form, that is longer
// than it may be, or "".
func tooLong(form url.Values) string {
	found := ""
	for name, most := range limits {
		if len(form.Get(name)) > most && (found == "" || name < found) {
			found = name
		}
	}
	return found
}
