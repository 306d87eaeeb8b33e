package pages

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	accountApplicationsPath = accountPath + "/applications"
	withdrawPattern         = accountApplicationsPath + "/{client}/withdraw"
)

func withdrawPath(clientID string) string {
	return accountApplicationsPath + "/" + url.PathEscape(clientID) + "/withdraw"
}

type accountApplicationsView struct {
	frame
	Applications []applicationRow
}

// applicationRow is an application that has access, in words.
type applicationRow struct {
	Name string
	// Since and Used are empty where that is not known.
	Since, Used string
	// Shares is what it may read; Offline says that its access goes on after signing
	// out.
	Shares   []string
	Offline  bool
	Withdraw string
}

// accountApplications shows somebody which applications have access to what is
// theirs.
func (p *Pages) accountApplications(w http.ResponseWriter, r *http.Request) error {
	pr, current, ok, err := p.visit(w, r, accountApplicationsPath)
	if err != nil || !ok {
		return err
	}
	all, err := p.authorizations(r.Context(), current.PersonID)
	if err != nil {
		return err
	}
	view := accountApplicationsView{frame: pr.frame(pr.texts.Applications.Title, false)}
	for _, one := range all {
		view.Applications = append(view.Applications, p.applicationRow(pr.texts, one))
	}
	return pr.print(w, http.StatusOK, "account-applications", view)
}

// authorization is what one application holds of a person.
type authorization struct {
	ClientID    string
	Since, Used time.Time
	Scopes      []string
	Offline     bool
}

// authorizations are those of a person: what the person agreed to, and the grants.
func (p *Pages) authorizations(ctx context.Context, personID string) ([]authorization, error) {
	grants, consents, err := p.Authorized(ctx, personID)
	if err != nil {
		return nil, err
	}
	found := map[string]*authorization{}
	note := func(clientID string, since, used time.Time, scopes []string) *authorization {
		one := found[clientID]
		if one == nil {
			one = &authorization{ClientID: clientID}
			found[clientID] = one
		}
		if !since.IsZero() && (one.Since.IsZero() || since.Before(one.Since)) {
			one.Since = since
		}
		if used.After(one.Used) {
			one.Used = used
		}
		one.Scopes = append(one.Scopes, scopes...)
		return one
	}
	for _, c := range consents {
		note(c.ClientID, c.GrantedAt, time.Time{}, c.Scopes)
	}
	for _, g := range grants {
		used := g.CreatedAt
		if g.RotatedAt.After(used) {
			used = g.RotatedAt
		}
		one := note(g.ClientID, g.CreatedAt, used, g.Scopes)
		one.Offline = one.Offline || g.Offline
	}
	var all []authorization
	for _, one := range found {
		slices.Sort(one.Scopes)
		one.Scopes = slices.Compact(one.Scopes)
		all = append(all, *one)
	}
	slices.SortFunc(all, func(a, b authorization) int { return strings.Compare(a.ClientID, b.ClientID) })
	return all, nil
}

func (p *Pages) applicationRow(texts *Texts, one authorization) applicationRow {
	row := applicationRow{Name: p.applicationName(one.ClientID), Offline: one.Offline, Withdraw: withdrawPath(one.ClientID)}
	if !one.Since.IsZero() {
		row.Since = texts.Applications.Since(texts.Common.Moment(one.Since))
	}
	if !one.Used.IsZero() {
		row.Used = texts.Applications.Used(texts.Common.Moment(one.Used))
	}
	for _, scope := range one.Scopes {
		if said := texts.Consent.Scope(scope); said != "" && scope != "offline_access" {
			row.Shares = append(row.Shares, said)
		}
	}
	return row
}

// applicationName is what people know an application by.
func (p *Pages) applicationName(clientID string) string {
	if p.ApplicationName == nil {
		return clientID
	}
	return p.ApplicationName(clientID)
}
