package main

import (
	"context"
	"fmt"
	"time"

	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/outbox"
	"github.com/claviger-id/claviger/pkg/pages"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/recovery"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// recovery is the service of mailed links. attempts and sessions may be nil where
// nobody asks and nobody comes with a link.
func (in *installation) recovery(attempts storage.Attempts, credentials *credential.Service, sessions *session.Service) *recovery.Service {
	return &recovery.Service{
		Store: in.store, Attempts: attempts, Keys: in.keyring, People: &person.Directory{Keys: in.keyring}, Credentials: credentials,
		Box: outbox.Box{Keys: in.keyring}, Post: in.post(), Issuer: in.config.Public.Issuer, Now: in.now,
		Log: in.log, SecondFactor: hasFactor,
		EndSessions: func(ctx context.Context, personID string, upTo time.Time) error {
			return sessions.EndUpTo(ctx, personID, upTo, session.ReasonPasswordChanged)
		},
	}
}

// recover gives the pages and the outbox what the configuration has of it.
func (in *installation) recover(hosted *pages.Pages, leaving *outbox.Worker, attempts storage.Attempts, credentials *credential.Service, sessions *session.Service) {
	service := in.recovery(attempts, credentials, sessions)
	if in.config.Mail.Host != "" {
		hosted.Recovery = service
		leaving.Carriers[recovery.Carrier] = service
	}
	if in.config.Mail.Host != "" || in.config.Webhook.URL != "" {
		hosted.Links = service
	}
}

// channels are those that the configuration has for temporary passwords, and how
// long what is sent works.
func (in *installation) channels() map[recovery.Channel]time.Duration {
	all, validFor := map[recovery.Channel]time.Duration{}, min(in.config.Password.TemporaryValidityMail.Duration, 24*time.Hour)
	if in.config.Mail.Host != "" {
		all[recovery.ByMail] = validFor
	}
	if in.config.Webhook.URL != "" {
		all[recovery.ByWebhook] = validFor
	}
	return all
}

// handOut is how temporary passwords go out by a channel.
func (in *installation) handOut(channel string) (func(context.Context, storage.Tx, recovery.Handout) error, error) {
	switch {
	case channel != string(recovery.ByMail) && channel != string(recovery.ByWebhook):
		return nil, fmt.Errorf("--deliver is %q; it can be mail or webhook", channel)
	case channel == string(recovery.ByMail) && in.config.Mail.Host == "":
		return nil, fmt.Errorf("--deliver mail: the configuration names no mail.host")
	case channel == string(recovery.ByWebhook) && in.config.Webhook.URL == "":
		return nil, fmt.Errorf("--deliver webhook: the configuration names no webhook.url")
	}
	service := in.recovery(nil, in.credentials(nil, nil), nil)
	return func(ctx context.Context, tx storage.Tx, h recovery.Handout) error {
		h.Channel, h.ValidFor = recovery.Channel(channel), in.channels()[recovery.Channel(channel)]
		return service.HandOut(ctx, tx, h)
	}, nil
}
