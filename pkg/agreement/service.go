package agreement

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/pkg/worker"
	"github.com/claviger-id/claviger/storage"
)

// Everyone is the audience that everybody belongs to. The others are roles.
const Everyone = "everyone"

// pollInterval is how soon a replica sees what was published beside it.
const pollInterval = 15 * time.Second

// Service keeps agreements and acceptances. After Open it is safe for concurrent
// use.
type Service struct {
	Store  storage.Store
	People *person.Directory
	// Roles are those that a person has: in the profile, and in every organization.
	Roles func(ctx context.Context, tx storage.Tx, personID string) ([]string, error)
	// Sessions ends what rests on an acceptance that is taken back.
	Sessions *session.Service
	// Owe notes in the transaction of that that they are to end, so that they do also
	// where the process dies at this moment.
	Owe func(ctx context.Context, tx storage.Tx, personID string) error
	// Signer signs receipts; nil: there are none.
	Signer note.Signer
	Now    func() time.Time
	Log    *slog.Logger

	published atomic.Pointer[[]version] // replaced, never changed
}

// version is one version for an audience, in all its languages.
type version struct {
	audience, name string
	effective      time.Time
	grace          time.Duration
	languages      []string
}

// Open reads what was published.
func (s *Service) Open(ctx context.Context) error {
	var all []storage.Agreement
	if err := s.Store.View(ctx, func(tx storage.Tx) (err error) {
		all, err = tx.Agreements().Published(ctx)
		return err
	}); err != nil {
		return fmt.Errorf("agreement: %w", err)
	}
	versions := group(all)
	s.published.Store(&versions)
	return nil
}

// Run keeps what is known current, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	return worker.Every(ctx, pollInterval, s.Log, "refresh of the agreements, of which the known ones stay in force", s.Open)
}

// group puts the languages of each version together. all is ordered as
// storage.Agreements.Published says.
func group(all []storage.Agreement) []version {
	var versions []version
	for _, a := range all {
		if n := len(versions); n > 0 && versions[n-1].audience == a.Audience && versions[n-1].name == a.Version {
			versions[n-1].languages = append(versions[n-1].languages, a.Language)
			continue
		}
		versions = append(versions, version{
			audience: a.Audience, name: a.Version, effective: a.EffectiveAt, grace: a.Grace, languages: []string{a.Language},
		})
	}
	return versions
}

// inForce is the newest version of each audience that is in effect at a moment.
func inForce(versions []version, at time.Time) []version {
	var current []version
	for _, v := range versions { // by audience, then by time of effect
		switch n := len(current); {
		case v.effective.After(at):
		case n > 0 && current[n-1].audience == v.audience:
			current[n-1] = v
		default:
			current = append(current, v)
		}
	}
	return current
}
