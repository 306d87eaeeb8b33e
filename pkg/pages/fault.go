package pages

import (
	"errors"
	"net/http"
	"time"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/password"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/recovery"
	"github.com/claviger-id/claviger/pkg/request"
	"github.com/claviger-id/claviger/pkg/web"
	"github.com/claviger-id/claviger/storage"
)

type errorView struct {
	frame
	Message, Retry, Forward string
	// Application is one to go on to, and Entrance where; both may be empty.
	Application, Entrance string
	// Form is where there is the form again that was sent in vain; it may be empty.
	Form string
	// Account is where there are pages of the person's own, for an address where none is.
	Account string
	// Reference names the request in the logs.
	Reference string
}

// Fault is the browser edge's one writer of errors. What it shows is ours, by
// status, and the message of a problem where the person can act on it; of any
// other error it shows nothing.
func (p *Pages) Fault(w http.ResponseWriter, r *http.Request, err error) {
	status := web.Status(err)
	if errors.Is(err, storage.ErrUnavailable) && status == http.StatusInternalServerError {
		status = http.StatusServiceUnavailable
	}
	web.RetryAfter(w, err)
	advice := p.advice(r, status)
	found := problem.From(err)
	var refusal *web.Refusal
	switch {
	case errors.As(err, &refusal) && status == http.StatusForbidden:
		advice = p.printer(r, nil).texts.Faults.Foreign
	case status == http.StatusServiceUnavailable && r.Method == http.MethodPost:
		advice = p.printer(r, nil).texts.Faults.BusyForm
	case status == http.StatusBadRequest, status == http.StatusForbidden:
		if text := p.printer(r, nil).texts.Refused.Problem(found); text != "" {
			advice.Text = text
		}
	}
	pr := p.printer(r, nil)
	view := pr.faultFor(advice, found.RetryAfter)
	if status == http.StatusNotFound {
		view.Account = accountPath
	}
	if status == http.StatusServiceUnavailable {
		view.Form = formOf(r)
	}
	pr.printFault(w, status, view)
}

// formOf is the page with the form that a browser has sent from a page of ours: it has the
// same address. Empty where it has another one, as the pages of links from mails have,
// which are open in their history only.
func formOf(r *http.Request) string {
	switch {
	case r.Method != http.MethodPost, r.Header.Get("Sec-Fetch-Site") != "same-origin",
		r.URL.Path == recovery.RecoverPath, r.URL.Path == recovery.TemporaryPath:
		return ""
	case r.URL.Path == actAnewPath:
		return accountDelegationsPath
	}
	return r.URL.Path
}

// why says why a service refused something, in the language of the page.
func (p *printer) why(err error) string {
	text := ""
	var refusal *password.Refusal
	if errors.As(err, &refusal) {
		text = p.texts.Refused.Password(refusal)
	} else {
		text = p.texts.Refused.Problem(problem.From(err))
	}
	if text == "" {
		return p.texts.Refused.Other
	}
	return text
}

// Error shows why somebody cannot be sent back to an application. detail is for
// the application's developer, in English. The reference number is the request's.
func (p *Pages) Error(w http.ResponseWriter, r *http.Request, status int, why flow.Trouble, detail string) {
	pr := p.printer(r, nil)
	// The address holds a request of an application, which is not made twice.
	pr.fleeting = true
	said := pr.texts.Trouble(why)
	advice := p.advice(r, status)
	advice.Title, advice.Text = said.Title, said.Text
	if detail != "" {
		advice.Text += " " + detail
	}
	pr.fail(w, status, advice, 0)
}

// Over shows that a sign-in is over, and leads to the application that it was for.
func (p *Pages) Over(w http.ResponseWriter, r *http.Request, status int, why flow.Trouble, clientID string) {
	pr := p.printer(r, nil)
	said := pr.texts.Trouble(why)
	advice := p.advice(r, status)
	advice.Title, advice.Text = said.Title, said.Text
	view := pr.fault(advice)
	if clientID != "" && p.Entrance != nil && p.ApplicationName != nil {
		view.Application, view.Entrance = p.ApplicationName(clientID), p.Entrance(clientID)
	}
	pr.printFault(w, status, view)
}

// Stale shows that an interaction is over, unknown, or another browser's:
// which of them is nobody's business.
func (p *Pages) Stale(w http.ResponseWriter, r *http.Request) {
	p.writeError(w, r, http.StatusNotFound, p.printer(r, nil).texts.Stale, 0)
}

func (p *Pages) advice(r *http.Request, status int) Advice {
	f := p.printer(r, nil).texts.Faults
	switch status {
	case http.StatusNotFound, http.StatusGone:
		return f.NotFound
	case http.StatusMethodNotAllowed:
		return f.NotAllowed
	case http.StatusForbidden, http.StatusUnauthorized:
		return f.Denied
	case http.StatusRequestEntityTooLarge:
		return f.TooLarge
	case http.StatusTooManyRequests:
		return f.Limited
	case http.StatusServiceUnavailable:
		return f.Busy
	}
	if status < http.StatusInternalServerError {
		return f.Invalid
	}
	return f.Internal
}

func (p *Pages) writeError(w http.ResponseWriter, r *http.Request, status int, advice Advice, wait time.Duration) {
	p.printer(r, nil).fail(w, status, advice, wait)
}

// fail shows an error page.
func (p *printer) fail(w http.ResponseWriter, status int, advice Advice, wait time.Duration) {
	p.printFault(w, status, p.faultFor(advice, wait))
}

// faultFor is an error page that says when to try again, where that is known.
func (p *printer) faultFor(advice Advice, wait time.Duration) errorView {
	view := p.fault(advice)
	if wait > 0 {
		view.Retry = p.texts.Faults.Retry(p.texts.Common.Wait(wait))
	}
	return view
}

func (p *printer) fault(advice Advice) errorView {
	view := errorView{
		frame:     p.frame(advice.Title, false),
		Message:   advice.Text,
		Forward:   advice.Forward,
		Reference: request.From(p.request.Context()).ID,
	}
	view.Problem = true
	return view
}

func (p *printer) printFault(w http.ResponseWriter, status int, view errorView) {
	ctx := p.request.Context()
	if err := p.print(w, status, "error", view); err != nil {
		p.log.ErrorContext(ctx, "the error page was not written", "error", err)
	}
}
