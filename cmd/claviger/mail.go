package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/event"
	"github.com/claviger-id/claviger/pkg/mail"
	"github.com/claviger-id/claviger/pkg/outbox"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/telemetry"
	"github.com/claviger-id/claviger/pkg/webhook"
	"github.com/claviger-id/claviger/storage"
)

// post puts mails into the outbox, from which a running server takes them; nil
// where nothing is mailed.
func (in *installation) post() *mail.Post {
	if in.config.Mail.Host == "" {
		return nil
	}
	return &mail.Post{Box: outbox.Box{Keys: in.keyring}}
}

// notices tells people of changes; nil where nothing is mailed.
func (in *installation) notices() *mail.Notices {
	post := in.post()
	if post == nil {
		return nil
	}
	return &mail.Notices{Post: post, People: &person.Directory{Keys: in.keyring}}
}

// tell writes to a person what became of the password. Who chose one on the way to
// an application is told too: it may have been somebody else.
func (in *installation) tell(ctx context.Context, tx storage.Tx, notices *mail.Notices, personID string, how credential.Change) error {
	var m mail.Message
	switch how {
	case credential.ChangeChosen, credential.ChangeOwn:
		m = mail.PasswordChanged{When: tx.Now()}
	case credential.ChangeRecovered:
		m = mail.PasswordRecovered{When: tx.Now()}
	case credential.ChangeReset:
		m = mail.PasswordReset{When: tx.Now()}
	case credential.ChangeForced:
		m = mail.PasswordForced{When: tx.Now()}
	case credential.ChangeCompromised:
		m = mail.PasswordCompromised{When: tx.Now()}
	default:
		return fmt.Errorf("there is no notice for %q", how)
	}
	return notices.Tell(ctx, tx, personID, m)
}

// leaving delivers what is in the outbox.
func (in *installation) leaving(out webhook.Poster) (*outbox.Worker, error) {
	w := &outbox.Worker{
		Box: outbox.Box{Keys: in.keyring}, Store: in.store, Carriers: map[string]outbox.Carrier{}, Now: in.now, Log: in.log,
	}
	if c := in.config.Webhook; c.URL != "" {
		secrets, err := in.webhookSecrets()
		if err != nil {
			return nil, err
		}
		w.Carriers[webhook.Name] = &webhook.Carrier{URL: c.URL, Secrets: secrets, Out: out, Now: in.now}
	}
	w.Carriers[event.Carried] = &event.Carrier{Service: in.events(), Out: out, Now: in.now}
	if in.config.Mail.Host == "" {
		return w, nil
	}
	carrier, err := in.smtp()
	if err != nil {
		return nil, err
	}
	w.Carriers[mail.Carrier] = carrier
	return w, nil
}

// webhookSecrets sign the calls to the webhook.
func (in *installation) webhookSecrets() (webhook.Secrets, error) {
	path := in.config.Webhook.SecretsFile
	text, err := readSecretFile(path)
	if err != nil {
		return nil, fmt.Errorf("webhook.secrets_file: %w", err)
	}
	secrets, err := webhook.ParseSecrets(text)
	if err != nil {
		return nil, fmt.Errorf("webhook.secrets_file: %s: %w", path, err)
	}
	return secrets, nil
}

// smtp is the way to the relay.
func (in *installation) smtp() (*mail.SMTP, error) {
	c, brand := in.config.Mail, in.config.Brand
	zone, err := brand.Zone()
	if err != nil {
		return nil, err
	}
	templates, err := mail.NewTemplates(mail.Letterhead{
		Organization: brand.Name, SignIn: in.config.Public.Issuer, Application: brand.Application, ApplicationURL: brand.ApplicationURL,
		Zone: zone, Language: brand.Language, Help: in.help,
	})
	if err != nil {
		return nil, err
	}
	relay := mail.Relay{Host: c.Host, Port: c.Port, User: c.User, From: c.From, InsecurePlaintext: c.InsecurePlaintext}
	if relay.Roots, err = certificateAuthorities(c.CAFile); err != nil {
		return nil, fmt.Errorf("mail.ca_file: %w", err)
	}
	if c.PasswordFile != "" {
		text, err := readSecretFile(c.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("mail.password_file: %w", err)
		}
		relay.Password = strings.TrimSpace(text)
	}
	return mail.NewSMTP(relay, templates)
}

// outboxMetrics shows what waits, and what did not get through.
func (in *installation) outboxMetrics(metrics *telemetry.Metrics, w *outbox.Worker) {
	count := func(carrier string, state storage.ParcelState) func() float64 {
		return func() float64 { return float64(w.Counts().By[carrier][state]) }
	}
	metrics.Gauge("claviger_mail_waiting", "Mails that have yet to leave.", count(mail.Carrier, storage.ParcelPending))
	metrics.Gauge("claviger_mail_bounced", "Mails of the last 90 days that were refused for good.", count(mail.Carrier, storage.ParcelBounced))
	metrics.Gauge("claviger_mail_gave_up", "Mails of the last 90 days that nobody took over in time.", count(mail.Carrier, storage.ParcelGaveUp))
	metrics.Gauge("claviger_webhook_waiting", "Calls to the webhook that have yet to be taken over.", count(webhook.Name, storage.ParcelPending))
	metrics.Gauge("claviger_webhook_gave_up", "Calls of the last 90 days that were not.", count(webhook.Name, storage.ParcelGaveUp))
	metrics.Gauge("claviger_events_waiting", "Events that subscriptions have yet to be told of.", count(event.Carried, storage.ParcelPending))
	metrics.Gauge("claviger_events_gave_up", "Events of the last 90 days that a subscription did not take over in time.", count(event.Carried, storage.ParcelGaveUp))
	metrics.Gauge("claviger_outbox_oldest_seconds", "How long the first of what has yet to leave has been waiting.", func() float64 {
		oldest := w.Counts().Oldest
		if oldest.IsZero() {
			return 0
		}
		return in.now().Sub(oldest).Seconds()
	})
}
