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
	UserID            string
	State             storage.PersonState
	Audience, Version string
}

// reportPage is how many people are read at once.
const reportPage = 500

// Report tells who has not accepted what is in force, and records that it was
// read before it ends.
func (s *Service) Report(ctx context.Context, by audit.Actor, each func(Missing) error) error {
	n := 0
	for _, v := range inForce(*s.published.Load(), s.Now()) {
		for after := ""; ; {
			var people []storage.Person
			if err := s.Store.View(ctx, func(tx storage.Tx) (err error) {
				people, err = tx.Agreements().Unaccepted(ctx, v.audience, v.name, after, reportPage)
				return err
			}); err != nil {
				return fmt.Errorf("agreement: %w", err)
			}
			for _, who := range people {
				after = who.ID
				profile, err := s.People.Open(who)
				if err != nil {
					return err
				}
				if v.audience != Everyone && !slices.Contains(profile.Roles, v.audience) {
					continue
				}
				n++
				if err := each(Missing{UserID: profile.UserID, State: who.State, Audience: v.audience, Version: v.name}); err != nil {
					return err
				}
			}
			if len(people) < reportPage {
				break
			}
		}
	}
	return s.note(ctx, audit.Event{
		Kind: audit.AgreementReported, Outcome: audit.OutcomeAllow, Actor: by, Detail: map[string]string{"count": strconv.Itoa(n)},
	})
}
