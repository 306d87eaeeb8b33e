package pages

import (
	"context"
	"strings"
)

// place is a page of the account, as the way to it says it.
type place struct {
	Path, Name string
	// Detail says what is there.
	Detail string
	// Current is for aria-current: page for the page itself, true for the place that
	// it belongs to, empty for the others.
	Current string
}

// places are the pages that a person has, in the order in which they are shown.
func (p *Pages) places(ctx context.Context, texts *Texts, personID, here string) ([]place, error) {
	all := ownPlaces(texts.Account)
	manages, err := p.manages(ctx, personID)
	if err != nil {
		return nil, err
	}
	if manages {
		all = append(all, place{Path: managePath, Name: texts.Manage.Title, Detail: texts.Account.ManageDetail})
	}
	mark(all, here)
	return all, nil
}

// ownPlaces are those that everybody has.
func ownPlaces(t AccountTexts) []place {
	return []place{
		{Path: accountPath, Name: t.Overview},
		{Path: changePasswordPath, Name: t.Password.Name, Detail: t.Password.Detail},
		{Path: accountSessionsPath, Name: t.Sessions.Name, Detail: t.Sessions.Detail},
	}
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
