// Package flow owns the Interaction: what a person must still do before an
// authorization code is issued to an application.
//
// Next is the whole policy, pure: it looks at the request, at what was done so
// far and at the live session of the browser, and names the next step or the
// OAuth error that ends the request. prompt, max_age, id_token_hint and
// acr_values are decided here and nowhere else. A new step (an agreement, a
// second factor, acting for somebody, consent) is a constant, a field of State
// that records that it is done, and a line in steps.
//
// Interactions keeps that state between the pages, bound to one browser.
//
// It knows no HTTP and no engine. Package pages shows the steps, package oidc
// has the dispatcher that asks Next and issues the code.
package flow
