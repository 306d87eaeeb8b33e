package pages

import (
	"errors"
	"net/http"
	"slices"

	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
)

// invited are the fields of somebody who is invited.
var invitedFields = []string{"given_name", "middle_name", "family_name", "credential", "npi", "email", "phone"}

type manageInviteView struct {
	frame
	Action, Back, Organization, Message string
	Fields                              []applyField
}

type manageInvitedView struct {
	frame
	Back, Reference string
}

// manageInvite shows the form on which an administrator has an account made for
// somebody who has none.
func (p *Pages) manageInvite(w http.ResponseWriter, r *http.Request) error {
	return p.invite(w, r, nil)
}

// manageInviteNow hands it in. Whether there is an account already is not told.
func (p *Pages) manageInviteNow(w http.ResponseWriter, r *http.Request) error {
	form, err := p.form(r, invitedFields...)
	if err != nil {
		return err
	}
	written := person.Profile{}
	for _, f := range person.Fields() {
		if form.Has(f.Name) {
			*f.Into(&written) = form.Get(f.Name)
		}
	}
	return p.invite(w, r, &written)
}

// invite shows the form, and hands in what was written, if anything was.
func (p *Pages) invite(w http.ResponseWriter, r *http.Request, written *person.Profile) error {
	ctx := r.Context()
	pr, current, ok, err := p.visit(w, r, r.URL.Path)
	if err != nil || !ok {
		return err
	}
	o, err := p.Access.Get(ctx, r.PathValue("org"), administrator(current))
	if err != nil {
		return err
	}
	view := manageInviteView{
		frame: pr.frame(pr.texts.Manage.InviteTitle, false), Organization: o.Name,
		Action: managed(o.ID, "/invite"), Back: managed(o.ID, ""),
	}
	if written == nil {
		view.Fields = inviteFields(pr.texts, person.Profile{}, nil)
		return pr.print(w, http.StatusOK, "manage-invite", view)
	}
	if _, err := p.Sessions.Touch(ctx, current.ID); err != nil {
		return err
	}
	handedIn, err := p.Access.Invite(ctx, o.ID, *written, administrator(current))
	if err == nil {
		http.Redirect(w, r, managed(o.ID, "/invited?"+applyRefParam+"="+handedIn), http.StatusSeeOther) //nolint:gosec // a path of ours
		return nil
	}
	var wrong enroll.Invalid
	if problem.From(err).Code != problem.Invalid || !errors.As(err, &wrong) {
		return err
	}
	view.Message, view.Problem, view.Fields = pr.texts.Apply.Problem, true, inviteFields(pr.texts, *written, wrong)
	return errors.Join(pr.print(w, http.StatusUnprocessableEntity, "manage-invite", view), err)
}

// inviteFields are those of an application that somebody else writes: a browser
// must not fill in its owner.
func inviteFields(texts *Texts, written person.Profile, wrong enroll.Invalid) []applyField {
	fields := slices.DeleteFunc(applyFields(texts, written, wrong), func(f applyField) bool { return !slices.Contains(invitedFields, f.Name) })
	for i := range fields {
		fields[i].Autocomplete = "off"
	}
	return fields
}

// manageInvited says that it was handed in, and what comes next.
func (p *Pages) manageInvited(w http.ResponseWriter, r *http.Request) error {
	pr, current, ok, err := p.visit(w, r, r.URL.Path)
	if err != nil || !ok {
		return err
	}
	o, err := p.Access.Get(r.Context(), r.PathValue("org"), administrator(current))
	if err != nil {
		return err
	}
	return pr.print(w, http.StatusOK, "manage-invited", manageInvitedView{
		frame: pr.frame(pr.texts.Manage.InvitedTitle, false), Back: managed(o.ID, ""),
		Reference: reference(r.URL.Query().Get(applyRefParam)),
	})
}
