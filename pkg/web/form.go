package web

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"unicode/utf8"

	"github.com/claviger-id/claviger/pkg/problem"
)

// Form reads the body as application/x-www-form-urlencoded. The query is not
// part of it: a password in an address would end in logs and histories.
// Repeated parameters are the caller's to judge, with Repeated.
func Form(r *http.Request) (url.Values, error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/x-www-form-urlencoded" {
		return nil, refuse(http.StatusUnsupportedMediaType, problem.Invalid,
			"The body must be application/x-www-form-urlencoded.", err)
	}
	if err := r.ParseForm(); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return nil, refuse(http.StatusRequestEntityTooLarge, problem.Invalid, "That is more than this address takes.", err)
		}
		return nil, problem.Wrap(problem.Invalid, "The form cannot be read.", err).Because(problem.Unreadable)
	}
	if err := wellFormed(r.PostForm); err != nil {
		return nil, err
	}
	return r.PostForm, nil
}

// Query reads the query, strictly: http.Request.URL.Query drops what it cannot
// read.
func Query(r *http.Request) (url.Values, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, "The address cannot be read.", err).Because(problem.Unreadable)
	}
	if err := wellFormed(values); err != nil {
		return nil, err
	}
	return values, nil
}

// wellFormed refuses what no form field or protocol parameter holds and
// databases choke on.
func wellFormed(values url.Values) error {
	for name, all := range values {
		for _, s := range append([]string{name}, all...) {
			if !utf8.ValidString(s) || slices.Contains([]byte(s), 0) {
				return problem.New(problem.Invalid, "The request holds characters that are not text.").Because(problem.Unreadable)
			}
		}
	}
	return nil
}

// Repeated returns the first name, in order, that occurs more than once
// (RFC 6749 section 3.1: parameters MUST NOT be included more than once), or
// "". The names in allowed may repeat (RFC 8707 section 2: resource).
func Repeated(values url.Values, allowed ...string) string {
	var names []string
	for name, all := range values {
		if len(all) > 1 && !slices.Contains(allowed, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return slices.Min(names)
}
