package oidc_test

import (
	"fmt"
	"net/http"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/storage"
)

type errorPage struct{}

func (errorPage) Error(w http.ResponseWriter, _ *http.Request, status int, why flow.Trouble, detail string) {
	title, text := why.English()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<h1>%s</h1><p>%s</p>", title, text+" "+detail)
}

func (p errorPage) Over(w http.ResponseWriter, r *http.Request, status int, why flow.Trouble, clientID string) {
	p.Error(w, r, status, why, "To "+clientID+".")
}

// signInPage stands for the page of that name: who comes is Ada, if nobody else does.
func (w *world) signInPage(rw http.ResponseWriter, r *http.Request) error {
	in, err := w.Interactions.Load(r.Context(), r.PathValue("id"), w.Cookies.Browser(r))
	if err != nil {
		return err
	}
	who, kind := w.person, storage.PasswordPersonal
	if w.signsIn != nil {
		who = *w.signsIn
	}
	if r.PostFormValue("temporary") != "" {
		kind = storage.PasswordTemporary
	}
	if err := w.Interactions.RecordSignIn(r.Context(), &in, flow.SignedIn{
		PersonID: who.ID, Subject: who.Subject, AMR: []string{"pwd"}, AuthTime: w.clock.now(), PasswordKind: kind, PasswordVersion: 1,
	}); err != nil {
		return err
	}
	http.Redirect(rw, r, flow.ResumePath(in.ID), http.StatusSeeOther)
	return nil
}

// consentPage stands for the page of that name.
func (w *world) consentPage(rw http.ResponseWriter, r *http.Request) error {
	in, err := w.Interactions.Load(r.Context(), r.PathValue("id"), w.Cookies.Browser(r))
	if err != nil {
		return err
	}
	if s, err := w.Sessions.Resolve(r.Context(), w.Cookies.Session(r)); err == nil {
		in.State.Session = &flow.SessionFacts{PersonID: s.PersonID, Subject: s.Subject, AuthTime: s.AuthTime}
	}
	if err := w.Interactions.RecordConsent(r.Context(), &in, r.PostFormValue("answer") == "allow"); err != nil {
		return err
	}
	http.Redirect(rw, r, flow.ResumePath(in.ID), http.StatusSeeOther)
	return nil
}

// accountPage stands for the page of that name: who comes goes on as who they are.
func (w *world) accountPage(rw http.ResponseWriter, r *http.Request) error {
	in, err := w.Interactions.Load(r.Context(), r.PathValue("id"), w.Cookies.Browser(r))
	if err != nil {
		return err
	}
	s, err := w.Sessions.Resolve(r.Context(), w.Cookies.Session(r))
	if err != nil {
		return err
	}
	if err := w.Interactions.RecordAccount(r.Context(), &in, s.ID); err != nil {
		return err
	}
	http.Redirect(rw, r, flow.ResumePath(in.ID), http.StatusSeeOther)
	return nil
}

// actForPage stands for the page of that name.
func (w *world) actForPage(rw http.ResponseWriter, r *http.Request) error {
	in, err := w.Interactions.Load(r.Context(), r.PathValue("id"), w.Cookies.Browser(r))
	if err != nil {
		return err
	}
	if s, err := w.Sessions.Resolve(r.Context(), w.Cookies.Session(r)); err == nil {
		in.State.Session = flow.FactsOf(s)
	}
	if err := w.Delegations.Recall(r.Context(), &in.State); err != nil {
		return err
	}
	if err := w.Interactions.RecordActing(r.Context(), &in, r.PostFormValue("choice")); err != nil {
		http.Error(rw, err.Error(), http.StatusConflict)
		return nil
	}
	http.Redirect(rw, r, flow.ResumePath(in.ID), http.StatusSeeOther)
	return nil
}

// factorPage stands for the page that asks for a one-time code.
func (w *world) factorPage(rw http.ResponseWriter, r *http.Request) error {
	in, err := w.Interactions.Load(r.Context(), r.PathValue("id"), w.Cookies.Browser(r))
	if err != nil {
		return err
	}
	if s, err := w.Sessions.Resolve(r.Context(), w.Cookies.Session(r)); err == nil {
		in.State.Session = flow.FactsOf(s)
	}
	if err := w.Interactions.RecordFactor(r.Context(), &in, w.clock.now(), flow.AMROneTime); err != nil {
		return err
	}
	http.Redirect(rw, r, flow.ResumePath(in.ID), http.StatusSeeOther)
	return nil
}

func (w *world) choosePage(rw http.ResponseWriter, r *http.Request) error {
	in, err := w.Interactions.Load(r.Context(), r.PathValue("id"), w.Cookies.Browser(r))
	if err != nil {
		return err
	}
	if err := w.Interactions.RecordPasswordChosen(r.Context(), &in, 2); err != nil {
		return err
	}
	http.Redirect(rw, r, flow.ResumePath(in.ID), http.StatusSeeOther)
	return nil
}

// ownPage stands for a page of ours whose person has to have authenticated a short
// while ago.
func (w *world) ownPage(rw http.ResponseWriter, r *http.Request) error {
	request := flow.FreshRequest("/own", w.clock.now())
	if s, err := w.Sessions.Resolve(r.Context(), w.Cookies.Session(r)); err == nil && flow.Next(flow.State{Request: request, Session: flow.FactsOf(s), Bound: w.has}).UseSession {
		_, err := rw.Write([]byte("own page of " + s.PersonID))
		return err
	}
	in, err := w.Interactions.Begin(r.Context(), request, w.Cookies.EnsureBrowser(rw, r))
	if err != nil {
		return err
	}
	http.Redirect(rw, r, flow.ResumePath(in.ID), http.StatusSeeOther)
	return nil
}
