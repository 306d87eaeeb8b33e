package agreement

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/storage"
)

// Missing is somebody who has not accepted a version that binds them.
type Missing struct {
	PersonID, UserID  string
	State             storage.PersonState
	Audience, Version string
}

// Place is a place in the report: after a person, of those who have not accepted a
// version. The zero value is the beginning.
type Place struct{ Audience, Version, PersonID string }

const (
	// reportPage is how many people are looked at at once.
	reportPage = 500
	// reportRole is how many of them where it takes a look at the roles of each.
	reportRole = 100
)

// Report tells who has not accepted what is in force, and records that it was
// read before it ends.
func (s *Service) Report(ctx context.Context, by audit.Actor, each func(Missing) error) error {
	n := 0
	for from, more := (Place{}), true; more; {
		var found []Missing
		var err error
		if found, from, more, err = s.missing(ctx, from, reportPage); err != nil {
			return err
		}
		for _, one := range found {
			n++
			if err := each(one); err != nil {
				return err
			}
		}
	}
	return s.noteReport(ctx, n, by)
}

// ReportPage is a part of the report, of up to limit people, and where the next one
// begins, if there is one. It may hold fewer people, or none, while there are more.
// That it was read is recorded.
func (s *Service) ReportPage(ctx context.Context, from Place, limit int, by audit.Actor) (found []Missing, next Place, more bool, err error) {
	if found, next, more, err = s.missing(ctx, from, limit); err == nil {
		err = s.noteReport(ctx, len(found), by)
	}
	return found, next, more, err
}

func (s *Service) noteReport(ctx context.Context, n int, by audit.Actor) error {
	return s.note(ctx, audit.Event{
		Kind: audit.AgreementReported, Outcome: audit.OutcomeAllow, Actor: by, Detail: map[string]string{"count": strconv.Itoa(n)},
	})
}

// missing looks at no more than reportPage people, of one version.
func (s *Service) missing(ctx context.Context, from Place, limit int) (found []Missing, next Place, more bool, err error) {
	versions := inForce(*s.published.Load(), s.Now())
	i := slices.IndexFunc(versions, func(v version) bool { return v.audience >= from.Audience })
	if i < 0 {
		return nil, Place{}, false, nil
	}
	v := versions[i]
	after := from.PersonID
	if v.audience != from.Audience || v.name != from.Version { // another one has come into force
		after = ""
	}
	looked, most := reportPage, limit
	if v.audience != Everyone { // few may have the role
		looked, most = reportRole, reportRole
	}
	var people []storage.Person
	var last string
	bound := map[string]bool{} // by person, of those who may have the role
	if err := s.Store.View(ctx, func(tx storage.Tx) (err error) {
		if people, last, err = tx.Agreements().Unaccepted(ctx, v.audience, v.name, after, looked, most); err != nil || v.audience == Everyone {
			return err
		}
		for _, who := range people {
			roles, err := s.Roles(ctx, tx, who.ID)
			if err != nil {
				return err
			}
			bound[who.ID] = slices.Contains(roles, v.audience)
		}
		return nil
	}); err != nil {
		return nil, Place{}, false, fmt.Errorf("agreement: %w", err)
	}
	for _, who := range people {
		if v.audience != Everyone && !bound[who.ID] {
			continue
		}
		profile, err := s.People.Open(who)
		if err != nil {
			return nil, Place{}, false, err
		}
		found = append(found, Missing{PersonID: who.ID, UserID: profile.UserID, State: who.State, Audience: v.audience, Version: v.name})
		if len(found) == limit {
			return found, Place{v.audience, v.name, who.ID}, true, nil
		}
	}
	switch {
	case last != "":
		return found, Place{v.audience, v.name, last}, true, nil
	case i+1 < len(versions):
		return found, Place{Audience: versions[i+1].audience, Version: versions[i+1].name}, true, nil
	}
	return found, Place{}, false, nil
}
