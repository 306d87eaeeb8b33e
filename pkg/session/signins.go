package session

import (
	"context"
	"fmt"
	"time"

	"github.com/claviger-id/claviger/storage"
)

// SignInLife is how long a sign-in may wait for its session: a person who takes longer
// over what comes in between signs in again. For as long it is known whose sessions
// were ended, so that no older sign-in counts.
const SignInLife = 2 * time.Hour

// everyonesSignIns is the mark that all sign-ins are void, and signIns that those of a
// person are. It is kept for SignInLife, so that its end tells its moment.
const everyonesSignIns = "sign-ins"

func signIns(personID string) string { return everyonesSignIns + ":" + personID }

// voidSignIns notes that no sign-in counts any more that was proven before then. It
// comes before the sessions are looked up: a session that begins meanwhile is among
// them, or finds the mark.
func (s *Service) voidSignIns(ctx context.Context, then time.Time, names ...string) error {
	all := make([]storage.Mark, len(names))
	for i, name := range names {
		all[i] = storage.Mark{Key: name, Until: then.Add(SignInLife)}
	}
	if err := s.Ephemeral.Marks().SetAll(ctx, s.Now(), all...); err != nil {
		return fmt.Errorf("session: %w", err)
	}
	return nil
}

// SignInCounts reports whether what a person proved at that time is enough to begin a
// session now: it is no older than SignInLife, and neither the person's sessions nor
// everyone's were ended since, nor was a factor taken away, which ends them. It is to
// be asked once the session is there.
func (s *Service) SignInCounts(ctx context.Context, personID string, proven time.Time) (bool, error) {
	if s.Now().Sub(proven) >= SignInLife {
		return false, nil
	}
	// A mark of then is there until SignInLife after: at that much after the proof it is
	// there when the proof came before.
	void, err := s.Ephemeral.Marks().Any(ctx, proven.Add(SignInLife), signIns(personID), everyonesSignIns)
	if err != nil {
		return false, fmt.Errorf("session: %w", err)
	}
	return !void, nil
}
