package agreement

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode"

	"golang.org/x/mod/sumdb/note"

	"github.com/claviger-id/claviger/storage"
)

// receiptHead is the first line of a receipt. Checkpoints, which are signed with the
// same key, begin with the name of the log (C2SP tlog-checkpoint): neither can be
// taken for the other.
const receiptHead = "claviger use agreement receipt v1"

// Receipt returns a signed note (C2SP signed-note) that says what somebody accepted,
// and when. A problem.NotFound when the person has accepted no such thing.
func (s *Service) Receipt(ctx context.Context, personID, id string) ([]byte, error) {
	one, err := s.OwnOne(ctx, personID, id)
	if err != nil {
		return nil, err
	}
	var who storage.Person
	if err := s.Store.View(ctx, func(tx storage.Tx) (err error) {
		who, err = tx.People().Get(ctx, personID)
		return err
	}); err != nil {
		return nil, fmt.Errorf("agreement: %w", err)
	}
	profile, err := s.People.Open(who)
	if err != nil {
		return nil, err
	}
	var text strings.Builder
	text.WriteString(receiptHead + "\n")
	for _, line := range [][2]string{
		{"log", s.Signer.Name()}, {"receipt", one.ID}, {"user-id", profile.UserID}, {"subject", who.Subject},
		{"audience", one.Audience}, {"version", one.Version}, {"language", one.Language}, {"sha256", hex.EncodeToString(one.Hash)},
		{"accepted-at", stamp(one.AcceptedAt)}, {"withdrawn-at", stamp(one.WithdrawnAt)}, {"issued-at", stamp(s.Now())},
	} {
		if line[1] == "" {
			continue
		}
		// A line break would make two statements of one.
		if strings.ContainsFunc(line[1], unicode.IsControl) {
			return nil, fmt.Errorf("agreement: the %s of %s cannot stand in a receipt", line[0], one.ID)
		}
		text.WriteString(line[0] + ": " + line[1] + "\n")
	}
	signed, err := note.Sign(&note.Note{Text: text.String()}, s.Signer)
	if err != nil {
		return nil, fmt.Errorf("agreement: receipt: %w", err)
	}
	return signed, nil
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
