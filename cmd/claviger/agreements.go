package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/agreement"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/markdown"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// agreements is the service of the Use Agreement. sessions may be nil where nothing
// is taken back.
func (in *installation) agreements(ctx context.Context, sessions *session.Service) (*agreement.Service, error) {
	people := &person.Directory{Keys: in.keyring}
	s := &agreement.Service{Store: in.store, People: people, Roles: in.roles(people), Sessions: sessions, Now: in.now, Log: in.log}
	s.Owe = func(ctx context.Context, tx storage.Tx, personID string) error {
		return in.owe(ctx, tx, personID, session.Due{Reason: session.ReasonAgreementWithdrawn, Access: true})
	}
	return s, s.Open(ctx)
}

// documents reads the texts that the configuration names, and tells of all that cannot
// be published.
func (in *installation) documents() ([]agreement.Document, error) {
	all, wrong := in.documentForms()
	for i := range all {
		var err error
		if all[i].Text, err = readDocument(in.config.Agreement.Documents[i].File); err != nil {
			wrong = errors.Join(wrong, fmt.Errorf("agreement.documents[%d].file: %w", i, err))
		}
	}
	return all, wrong
}

// documentForms is documents without their texts, which are in files.
func (in *installation) documentForms() (all []agreement.Document, wrong error) {
	for i, d := range in.config.Agreement.Documents {
		from, _ := d.From()
		all = append(all, agreement.Document{Audience: d.Audience, Version: d.Version, Language: d.Language, EffectiveAt: from, Grace: d.Grace.Duration})
		if err := all[i].Form(); err != nil {
			wrong = errors.Join(wrong, fmt.Errorf("agreement.documents[%d]: %w", i, err))
		}
	}
	return all, wrong
}

// readDocument reads a file of Markdown, and no more than one may have.
func readDocument(path string) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // the operator named it
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, markdown.MaxSize+1))
	if err == nil {
		err = markdown.Check(text)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return text, nil
}

// publish publishes what the configuration names.
func (in *installation) publish(ctx context.Context, s *agreement.Service, by audit.Actor) (int, error) {
	all, err := in.documents()
	if err != nil {
		return 0, err
	}
	return s.Publish(ctx, all, by)
}

// agreed tells the flow how a person stands to the Use Agreement.
func agreed(s *agreement.Service) func(context.Context, string) (flow.Agreement, error) {
	return func(ctx context.Context, personID string) (flow.Agreement, error) {
		due, err := s.Due(ctx, personID)
		if err != nil || len(due) == 0 {
			return flow.Agreement{}, err
		}
		return flow.Agreement{Due: true, Must: due[0].Must}, nil
	}
}
