package oidc

import (
	"net/http"
	"strconv"
	"strings"
)

// jwks is the public key set (RFC 7517 section 5).
func (p *Provider) jwks(w http.ResponseWriter, r *http.Request) error {
	body, etag := p.Keys.JWKS()
	h := w.Header()
	h.Set("Cache-Control", publicFor)
	h.Set("ETag", etag)
	if matches(r.Header.Get("If-None-Match"), etag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", "application/jwk-set+json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	_, err := w.Write(body)
	return err
}

// matches is If-None-Match (RFC 9110 section 13.1.2), whose comparison is weak.
func matches(header, etag string) bool {
	for one := range strings.SplitSeq(header, ",") {
		one = strings.TrimSpace(one)
		if one == "*" || strings.TrimPrefix(one, "W/") == etag {
			return true
		}
	}
	return false
}
