package oidc

import (
	"net/http"
	"net/url"

	"github.com/claviger-id/claviger/oidc/clientauth"
	"github.com/claviger-id/claviger/oidc/dpop"
	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/pkg/web"
	"github.com/claviger-id/claviger/storage"
)

// clientForm reads the body of a request that a client makes for itself.
func clientForm(r *http.Request) (url.Values, error) {
	form, err := web.Form(r)
	if err != nil {
		// RFC 6749 section 5.2 has status 400 for whatever is malformed.
		return nil, &fault.Error{
			Code: fault.InvalidRequest, Description: "The body is not a readable application/x-www-form-urlencoded document of reasonable size.", Cause: err,
		}
	}
	// RFC 8707 section 2, RFC 8693 section 2.1: these two may occur more often.
	if name := web.Repeated(form, "resource", "audience"); name != "" {
		return nil, fault.New(fault.InvalidRequest, "The parameter "+name+" occurs more than once.")
	}
	if name := tooLong(form); name != "" {
		return nil, fault.New(fault.InvalidRequest, "The parameter "+name+" is too long.")
	}
	return form, nil
}

// fromClient authenticates the client of a request and returns what it has
// proven to hold. What costs nothing is checked first, what is spent last: a
// client that has to come again with a nonce has not used up its assertion.
func (p *Provider) fromClient(w http.ResponseWriter, r *http.Request, form url.Values, path string) (storage.Client, Binding, error) {
	proof, proven, err := p.proof(w, r, path)
	if err != nil {
		return storage.Client{}, Binding{}, err
	}
	c, err := p.authenticate(r, form)
	if err != nil {
		return storage.Client{}, Binding{}, err
	}
	var binding Binding
	if proven {
		if err := p.Proofs.Spend(r.Context(), proof); err != nil {
			return storage.Client{}, Binding{}, err
		}
		binding.JKT = proof.JKT
	}
	if c.CertificateBound {
		if chain := p.Certificates.Of(r); len(chain) > 0 {
			binding.X5T = clientauth.Thumbprint(chain[0])
		}
	}
	return c, binding, nil
}

// alias is the address of an endpoint for clients with certificates, or empty.
func (p *Provider) alias(path string) string {
	if p.Aliases == "" {
		return ""
	}
	return p.Aliases + path
}

// authenticate returns the client that a request comes from.
func (p *Provider) authenticate(r *http.Request, form url.Values) (storage.Client, error) {
	request := clientauth.Request{Form: form, Certificates: p.Certificates.Of(r)}
	switch headers := r.Header.Values("Authorization"); len(headers) {
	case 0:
	case 1:
		request.Authorization = headers[0]
	default:
		return storage.Client{}, fault.New(fault.InvalidRequest, "There is more than one Authorization header.")
	}
	return p.Auth.Authenticate(r.Context(), request)
}

// proof checks the DPoP proof of a request to one of our endpoints, if it has
// one, and hands out the nonce for the next (RFC 9449 section 8.2).
func (p *Provider) proof(w http.ResponseWriter, r *http.Request, path string) (dpop.Checked, bool, error) {
	headers := r.Header.Values("DPoP")
	if len(headers) == 0 {
		return dpop.Checked{}, false, nil
	}
	w.Header().Set("DPoP-Nonce", p.Proofs.Nonce())
	if len(headers) > 1 {
		return dpop.Checked{}, false, fault.New(fault.InvalidDPoPProof, "There is more than one DPoP header.")
	}
	checked, err := p.Proofs.Check(dpop.Proof{Text: headers[0], Method: r.Method, URL: p.Issuer + path, Alias: p.alias(path)})
	return checked, err == nil, err
}
