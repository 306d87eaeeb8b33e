package pages

import (
	"errors"
	"net/http"
	"time"

	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/problem"
)

type manageGrantView struct {
	frame
	Action, Back, Organization string
	Roles                      []roleChoice
	UserID, FamilyName, Need   string
	Until, Earliest, Latest    string
	// Message says what is wrong, and Wrong in which field; empty: in none of them.
	Message, Wrong string
}

// wrongField is the field of a form that gives access, or lets somebody act, in which
// a refusal with this reason is mended; empty: none.
func wrongField(reason string) string {
	switch reason {
	case access.ReasonPerson, access.ReasonOneself, access.ReasonAccount, access.ReasonGivenUp, access.ReasonHas:
		return "userid"
	case access.ReasonEnd:
		return "until"
	case access.ReasonRole, access.ReasonCeiling:
		return "role"
	case access.ReasonNeed:
		return "need"
	case access.ReasonApplication:
		return "application"
	case access.ReasonPurpose:
		return "purpose"
	}
	return ""
}

// roleChoice is a role that can be granted.
type roleChoice struct {
	Name, Text string
	Chosen     bool
}

// manageGrant shows the form on which an administrator gives somebody a role.
func (p *Pages) manageGrant(w http.ResponseWriter, r *http.Request) error {
	pr, current, ok, err := p.visit(w, r, r.URL.Path)
	if err != nil || !ok {
		return err
	}
	o, err := p.Access.Get(r.Context(), r.PathValue("org"), administrator(current))
	if err != nil {
		return err
	}
	return p.printManageGrant(w, pr, http.StatusOK, manageGrantView{Organization: o.Name, Action: managed(o.ID, "/grant"), Back: managed(o.ID, "")}, o.Ceiling, "")
}

// manageGrantNow gives it.
func (p *Pages) manageGrantNow(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	form, err := p.form(r, "userid", "family-name", "role", "need", "until")
	if err != nil {
		return err
	}
	pr, current, ok, err := p.visit(w, r, r.URL.Path)
	if err != nil || !ok {
		return err
	}
	o, err := p.Access.Get(ctx, r.PathValue("org"), administrator(current))
	if err != nil {
		return err
	}
	if _, err := p.Sessions.Touch(ctx, current.ID); err != nil {
		return err
	}
	view := manageGrantView{
		Organization: o.Name, Action: managed(o.ID, "/grant"), Back: managed(o.ID, ""),
		UserID: shorten(form.Get("userid"), maxUserID), FamilyName: shorten(form.Get("family-name"), 400),
		Need: shorten(form.Get("need"), 800), Until: shorten(form.Get("until"), 10),
	}
	t := pr.texts.Manage
	last, err := time.Parse(time.DateOnly, form.Get("until"))
	if err != nil {
		view.Message, view.Wrong = t.WrongEnd, wrongField(access.ReasonEnd)
		return p.printManageGrant(w, pr, http.StatusUnprocessableEntity, view, o.Ceiling, form.Get("role"))
	}
	_, err = p.Access.GrantNamed(ctx, access.NewMembership{
		OrganizationID: o.ID, Role: form.Get("role"), Need: form.Get("need"), EndsAt: last.AddDate(0, 0, 1),
	}, form.Get("userid"), form.Get("family-name"), administrator(current))
	if err == nil {
		http.Redirect(w, r, managed(o.ID, ""), http.StatusSeeOther)
		return nil
	}
	switch code := problem.From(err).Code; code {
	case problem.Invalid, problem.NotFound, problem.Conflict, problem.Denied:
		why := access.Why(err)
		view.Message, view.Wrong = t.Refused(why), wrongField(why)
		return errors.Join(p.printManageGrant(w, pr, http.StatusUnprocessableEntity, view, o.Ceiling, form.Get("role")), err)
	}
	return err
}

func (p *Pages) printManageGrant(w http.ResponseWriter, pr *printer, status int, view manageGrantView, ceiling []string, chosen string) error {
	view.frame = pr.frame(pr.texts.Manage.GrantTitle, false)
	view.Problem = view.Message != ""
	for _, role := range ceiling {
		view.Roles = append(view.Roles, roleChoice{Name: role, Text: pr.texts.Manage.Role(role), Chosen: role == chosen})
	}
	now := p.Sessions.Now()
	view.Earliest, view.Latest = now.Format(time.DateOnly), now.Add(p.Access.Rules.Longest).AddDate(0, 0, -1).Format(time.DateOnly)
	return pr.print(w, status, "manage-grant", view)
}
