package oidc

import (
	"errors"
	"net/http"

	"github.com/claviger-id/claviger/pkg/web"
)

// token is the token endpoint (RFC 6749 section 3.2).
func (p *Provider) token(w http.ResponseWriter, r *http.Request) error {
	response, err := p.redeem(r)
	if err != nil {
		return p.denied(r, err)
	}
	writeJSON(w, http.StatusOK, response)
	return nil
}

func (p *Provider) redeem(r *http.Request) (TokenResponse, error) {
	form, err := web.Form(r)
	if err != nil {
		// RFC 6749 section 5.2 has status 400 for whatever is malformed.
		return TokenResponse{}, &Error{
			Code: InvalidRequest, Description: "The body is not a readable application/x-www-form-urlencoded document of reasonable size.", Cause: err,
		}
	}
	if name := web.Repeated(form); name != "" {
		return TokenResponse{}, refuse(InvalidRequest, "The parameter "+name+" occurs more than once.")
	}
	if name := tooLong(form); name != "" {
		return TokenResponse{}, refuse(InvalidRequest, "The parameter "+name+" is too long.")
	}
	headers := r.Header.Values("Authorization")
	if len(headers) > 1 {
		return TokenResponse{}, refuse(InvalidRequest, "There is more than one Authorization header.")
	}
	request := TokenRequest{Form: form}
	if len(headers) == 1 {
		request.Authorization = headers[0]
	}
	return p.Engine.Token(r.Context(), request)
}

// denied records that a request of a known client was refused. What nobody can
// be held to, such as garbage, stands in the access log only.
func (p *Provider) denied(r *http.Request, err error) error {
	var e *Error
	if !errors.As(err, &e) || e.ClientID == "" || e.status() >= http.StatusInternalServerError {
		return err
	}
	if auditErr := p.Grants.Denied(r.Context(), e.ClientID, e.Code); auditErr != nil {
		return errors.Join(auditErr, e.Cause)
	}
	return err
}
