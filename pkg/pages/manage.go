package pages

import (
	"net/http"
	"net/url"

	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/storage"
)

// The pages of an organization's administrators.
const (
	managePath    = "/manage"
	manageOne     = "/manage/{org}"
	manageGrant   = "/manage/{org}/grant"
	manageInvite  = "/manage/{org}/invite"
	manageInvited = "/manage/{org}/invited"
	manageRemove  = "/manage/{org}/remove/{membership}"
)

// rosterPage is how many memberships a page of the roster shows.
const rosterPage = 50

type link struct{ Address, Text string }

type manageHomeView struct {
	frame
	Organizations []link
}

type manageView struct {
	frame
	Organization  string
	Grant, Invite string
	Members       []memberRow
	// Next leads to the rest of the roster; empty where there is none.
	Next string
}

// memberRow is a membership in words.
type memberRow struct {
	Name, UserID, Account, Role, Need, Since, Until, Used string
	// Proven says that the person has a second factor.
	Proven bool
	// Remove leads to the question; empty where it is not the administrator's to take.
	Remove string
}

type manageRemoveView struct {
	frame
	Action, Back string
	Member       memberRow
	Organization string
}

// administrator is who is signed in, as an actor.
func administrator(s storage.Session) audit.Actor { return audit.Actor{Type: "person", ID: s.PersonID} }

// managed is the address of an organization's pages.
func managed(id, more string) string { return managePath + "/" + url.PathEscape(id) + more }

// manageHome shows which organizations somebody manages.
func (p *Pages) manageHome(w http.ResponseWriter, r *http.Request) error {
	pr, current, ok, err := p.visit(w, r, r.URL.Path)
	if err != nil || !ok {
		return err
	}
	all, err := p.Access.Administered(r.Context(), current.PersonID)
	if err != nil {
		return err
	}
	view := manageHomeView{frame: pr.frame(pr.texts.Manage.Title, false)}
	for _, o := range all {
		view.Organizations = append(view.Organizations, link{managed(o.ID, ""), o.Name})
	}
	return pr.print(w, http.StatusOK, "manage-home", view)
}

// manage shows the roster of an organization.
func (p *Pages) manage(w http.ResponseWriter, r *http.Request) error {
	pr, current, ok, err := p.visit(w, r, r.URL.Path)
	if err != nil || !ok {
		return err
	}
	id := r.PathValue("org")
	o, all, err := p.Access.Roster(r.Context(), id, reference(r.URL.Query().Get("after")), rosterPage, administrator(current))
	if err != nil {
		return err
	}
	view := manageView{
		frame: pr.frame(pr.texts.Manage.Title, false), Organization: o.Name,
		Grant: managed(id, "/grant"), Invite: managed(id, "/invite"),
	}
	for _, m := range all {
		view.Members = append(view.Members, memberRowOf(pr.texts, m))
	}
	if len(all) == rosterPage {
		view.Next = managed(id, "") + "?after=" + url.QueryEscape(all[len(all)-1].ID)
	}
	return pr.print(w, http.StatusOK, "manage", view)
}

func memberRowOf(texts *Texts, m access.Membership) memberRow {
	t := texts.Manage
	row := memberRow{
		Name: m.Name, UserID: m.UserID, Account: t.Account(string(m.Account)), Role: t.Role(m.Role), Need: m.Need,
		Since: texts.Common.Day(m.Since), Until: t.Never, Used: t.Unused, Proven: m.SecondFactor,
	}
	if !m.EndsAt.IsZero() {
		row.Until = texts.Common.Day(lastDayOf(m.EndsAt))
	}
	if !m.UsedAt.IsZero() {
		row.Used = texts.Common.Moment(m.UsedAt.UTC())
	}
	if m.Role != access.Administrator {
		row.Remove = managed(m.OrganizationID, "/remove/"+url.PathEscape(m.ID))
	}
	return row
}

// manageRemove asks whether to take a role from somebody.
func (p *Pages) manageRemove(w http.ResponseWriter, r *http.Request) error {
	pr, current, ok, err := p.visit(w, r, r.URL.Path)
	if err != nil || !ok {
		return err
	}
	o, m, err := p.Access.Member(r.Context(), r.PathValue("org"), r.PathValue("membership"), administrator(current))
	if err != nil {
		return err
	}
	return pr.print(w, http.StatusOK, "manage-remove", manageRemoveView{
		frame: pr.frame(pr.texts.Manage.RemoveTitle, false), Organization: o.Name, Member: memberRowOf(pr.texts, m),
		Action: managed(o.ID, "/remove/"+url.PathEscape(m.ID)), Back: managed(o.ID, ""),
	})
}

// manageRemoveNow takes it.
func (p *Pages) manageRemoveNow(w http.ResponseWriter, r *http.Request) error {
	_, current, ok, err := p.visit(w, r, managePath)
	if err != nil || !ok {
		return err
	}
	if _, err := p.Sessions.Touch(r.Context(), current.ID); err != nil {
		return err
	}
	id := r.PathValue("org")
	if err := p.Access.Remove(r.Context(), id, r.PathValue("membership"), administrator(current)); err != nil {
		return err
	}
	http.Redirect(w, r, managed(id, ""), http.StatusSeeOther) //nolint:gosec // a path of ours
	return nil
}
