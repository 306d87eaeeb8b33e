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

// Statement is what a receipt says.
type Statement struct {
	// Log names the audit log with whose key it is signed.
	Log string `json:"log"`
	// Receipt is the id of the acceptance.
	Receipt  string `json:"receipt"`
	UserID   string `json:"user_id"`
	Subject  string `json:"subject"`
	Audience string `json:"audience"`
	Version  string `json:"version"`
	Language string `json:"language"`
	// SHA256 is that of the text that was accepted, in hexadecimal digits.
	SHA256     string    `json:"sha256"`
	AcceptedAt time.Time `json:"accepted_at"`
	// WithdrawnAt is zero while the acceptance stood when the receipt was issued.
	WithdrawnAt time.Time `json:"withdrawn_at,omitzero"`
	IssuedAt    time.Time `json:"issued_at"`
}

// line is one fact of a receipt, and how its value is read.
type line struct {
	name, value string
	read        func(value string) error
}

// lines are the facts in their order. One without a value is left out.
func (s *Statement) lines() []line {
	text := func(name string, to *string) line {
		return line{name, *to, func(value string) error { *to = value; return nil }}
	}
	moment := func(name string, to *time.Time) line {
		return line{name, stamp(*to), func(value string) (err error) {
			*to, err = time.Parse(time.RFC3339, value)
			return err
		}}
	}
	return []line{
		text("log", &s.Log), text("receipt", &s.Receipt), text("user-id", &s.UserID), text("subject", &s.Subject),
		text("audience", &s.Audience), text("version", &s.Version), text("language", &s.Language), text("sha256", &s.SHA256),
		moment("accepted-at", &s.AcceptedAt), moment("withdrawn-at", &s.WithdrawnAt), moment("issued-at", &s.IssuedAt),
	}
}

// text is the text that is signed.
func (s *Statement) text() (string, error) {
	var text strings.Builder
	text.WriteString(receiptHead + "\n")
	for _, l := range s.lines() {
		if l.value == "" {
			continue
		}
		// A line break would make two statements of one.
		if strings.ContainsFunc(l.value, unicode.IsControl) {
			return "", fmt.Errorf("agreement: the %s of %s cannot stand in a receipt", l.name, s.Receipt)
		}
		text.WriteString(l.name + ": " + l.value + "\n")
	}
	return text.String(), nil
}

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
	says := Statement{
		Log: s.Signer.Name(), Receipt: one.ID, UserID: profile.UserID, Subject: who.Subject,
		Audience: one.Audience, Version: one.Version, Language: one.Language, SHA256: hex.EncodeToString(one.Hash),
		AcceptedAt: one.AcceptedAt, WithdrawnAt: one.WithdrawnAt, IssuedAt: s.Now(),
	}
	text, err := says.text()
	if err != nil {
		return nil, err
	}
	signed, err := note.Sign(&note.Note{Text: text}, s.Signer)
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
