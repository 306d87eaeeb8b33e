package pages

import (
	"context"
	"strings"
)

// place is a page of the account, as the way to it says it.
type place struct {
	Path, Name string
	// Detail says what is there; the way out has none.
	Detail string
	// Current is for aria-current: page for the page itself, true for the place that
	// it belongs to, empty for the others.
	Current string
}

// places are the pages that a person has, in the order in which they are shown.
func (p *Pages) places(ctx context.Context, texts *Texts, personID, here string) ([]place, error) {
	all := p.ownPlaces(texts.Account)
	manages, err := p.manages(ctx, personID)
	if err != nil {
		return nil, err
	}
	if manages {
		all = append(all, place{Path: managePath, Name: texts.Manage.Title, Detail: texts.Account.ManageDetail})
	}
	all = append(all, place{Path: signOutPath, Name: texts.Account.SignOut})
	mark(all, here)
	return all, nil
}

// ownPlaces are those that everybody has.
func (p *Pages) ownPlaces(t AccountTexts) []place {
	all := []place{{Path: accountPath, Name: t.Overview}}
	add := func(is bool, path string, d Destination) {
		if is {
			all = append(all, place{Path: path, Name: d.Name, Detail: d.Detail})
		}
	}
	add(p.Profile != nil, accountProfilePath, t.Profile)
	add(true, changePasswordPath, t.Password)
	add(p.Factors != nil, accountFactorsPath, t.Factors)
	add(true, accountSessionsPath, t.Sessions)
	add(p.Activity != nil, accountActivityPath, t.Activity)
	add(p.Authorized != nil, accountApplicationsPath, t.Applications)
	add(p.ActingApplications != nil, accountDelegationsPath, t.Delegations)
	add(p.Agreements != nil, accountAgreementsPath, t.Agreements)
	return all
}

// mark notes which of them the page at a path is, or belongs to.
func mark(all []place, here string) {
	for i := range all {
		switch one := &all[i]; {
		case one.Path == here:
			one.Current = "page"
		case one.Path != accountPath && strings.HasPrefix(here, one.Path+"/"):
			one.Current = "true"
		}
	}
}

// manages says that somebody is the administrator of an organization.
func (p *Pages) manages(ctx context.Context, personID string) (bool, error) {
	if p.Access == nil {
		return false, nil
	}
	all, err := p.Access.Administered(ctx, personID)
	return len(all) > 0, err
}
