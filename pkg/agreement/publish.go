package agreement

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"time"
	"unicode/utf8"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/markdown"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// Document is a text to publish.
type Document struct {
	Audience, Version, Language string
	EffectiveAt                 time.Time
	Grace                       time.Duration
	Text                        []byte
	// Reason says why it is published: a code, or empty.
	Reason string
}

var (
	versionForm  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$`)
	languageForm = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$`)
)

// maxGrace is how long a version may be put off at the most.
const maxGrace = 366 * 24 * time.Hour

func (d Document) name() string {
	return fmt.Sprintf("The Use Agreement for %s, version %s, in %s", d.Audience, d.Version, d.Language)
}

func (d Document) refuse(what string) error {
	return problem.New(problem.Invalid, d.name()+": "+what)
}

// Form says what is wrong with all but the text; problem.Invalid.
func (d Document) Form() error {
	switch {
	case d.Audience == "" || utf8.RuneCountInString(d.Audience) > 60 || !utf8.ValidString(d.Audience):
		return d.refuse("the audience is a role, or everyone.")
	case !versionForm.MatchString(d.Version):
		return d.refuse("a version is at most 40 letters, digits, dots, hyphens and underscores.")
	case !languageForm.MatchString(d.Language):
		return d.refuse("a language is a tag such as en or es-MX.")
	case d.EffectiveAt.IsZero():
		return d.refuse("it needs a time from which it is in effect.")
	case d.Grace < 0 || d.Grace > maxGrace:
		return d.refuse("the grace period is at most a year.")
	}
	return nil
}

func (d Document) check() error {
	if err := d.Form(); err != nil {
		return err
	}
	if err := markdown.Check(d.Text); err != nil {
		return d.refuse(err.Error() + ".")
	}
	return nil
}

// Publish publishes what has not been, all of it or nothing, and returns how many
// texts that were. Of what was published nothing can change: a text, a date or a
// grace period that differs is refused.
func (s *Service) Publish(ctx context.Context, documents []Document, by audit.Actor) (int, error) {
	for _, d := range documents {
		if err := d.check(); err != nil {
			return 0, err
		}
	}
	n := 0
	err := s.Store.Tx(ctx, func(tx storage.Tx) error {
		n = 0
		for _, d := range documents {
			did, err := publish(ctx, tx, d, by)
			if err != nil {
				return err
			}
			if did {
				n++
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("agreement: %w", err)
	}
	return n, s.Open(ctx)
}

func publish(ctx context.Context, tx storage.Tx, d Document, by audit.Actor) (bool, error) {
	all, err := tx.Agreements().Published(ctx)
	if err != nil {
		return false, err
	}
	hash := sha256.Sum256(d.Text)
	effective := d.EffectiveAt.UTC().Truncate(time.Second)
	for _, a := range all {
		switch {
		case a.Audience != d.Audience:
		case a.Version == d.Version && (!a.EffectiveAt.Equal(effective) || a.Grace != d.Grace):
			return false, problem.New(problem.Conflict, d.name()+": this version was published with another time of effect or grace period. Nothing of a version changes; publish a new one.")
		case a.Version == d.Version && a.Language == d.Language && !secret.Equal(a.Hash, hash[:]):
			return false, problem.New(problem.Conflict, d.name()+": this version was published with another text (SHA-256 "+hex.EncodeToString(a.Hash)+"). Nothing of a version changes; publish a new one.")
		case a.Version == d.Version && a.Language == d.Language:
			return false, nil
		case a.Version != d.Version && a.EffectiveAt.Equal(effective):
			return false, problem.New(problem.Conflict, d.name()+": version "+a.Version+" is in effect from the same moment. Which of them is the newer one?")
		}
	}
	err = tx.Agreements().Publish(ctx, storage.Agreement{
		Audience: d.Audience, Version: d.Version, Language: d.Language, Text: d.Text, Hash: hash[:],
		EffectiveAt: effective, Grace: d.Grace, PublishedAt: tx.Now(),
	})
	if errors.Is(err, storage.ErrConflict) {
		return false, problem.Wrap(problem.Conflict, d.name()+" was published by somebody else at this moment. Try again.", err)
	}
	if err != nil {
		return false, err
	}
	return true, audit.Record(ctx, tx, audit.Event{
		Kind: audit.AgreementPublished, Outcome: audit.OutcomeAllow, Reason: d.Reason, Actor: by,
		Detail: map[string]string{
			"audience": d.Audience, "version": d.Version, "language": d.Language, "sha256": hex.EncodeToString(hash[:]),
			"effective": effective.Format(time.RFC3339), "grace": d.Grace.String(),
		},
	})
}
