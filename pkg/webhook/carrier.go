package webhook

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/outbound"
	"github.com/claviger-id/claviger/pkg/outbox"
	"github.com/claviger-id/claviger/storage"
)

// Name is the name of this carrier in the outbox.
const Name = "webhook"

// Poster posts. package outbound has it.
type Poster interface {
	Post(ctx context.Context, address, mediaType string, body []byte, header http.Header) (outbound.Answer, error)
}

// Carrier calls a webhook. It is safe for concurrent use.
type Carrier struct {
	URL     string
	Secrets Secrets
	Out     Poster
	Now     func() time.Time
}

var _ outbox.Carrier = (*Carrier)(nil)

// call is the body (Standard Webhooks, "Payload structure").
type call struct {
	Type      string          `json:"type"`
	Timestamp time.Time       `json:"timestamp"`
	Data      json.RawMessage `json:"data"`
}

// Deliver calls once. The same parcel always has the same webhook-id and body, so
// that a call whose answer got lost can be recognised when it comes again.
func (c *Carrier) Deliver(ctx context.Context, p outbox.Opened) outbox.Outcome {
	body, err := json.Marshal(call{Type: p.Kind, Timestamp: p.CreatedAt, Data: p.Body})
	if err != nil {
		return outbox.Outcome{State: storage.ParcelBounced, Answer: "it cannot be written"}
	}
	now := c.Now()
	header := http.Header{}
	header.Set("webhook-id", p.ID)
	header.Set("webhook-timestamp", strconv.FormatInt(now.Unix(), 10))
	header.Set("webhook-signature", c.Secrets.Sign(p.ID, now, body))
	answer, err := c.Out.Post(ctx, c.URL, "application/json", body, header)
	switch {
	case err != nil:
		return outbox.Outcome{State: storage.ParcelPending, Answer: "no answer"}
	case answer.Status >= 200 && answer.Status <= 299:
		return outbox.Outcome{State: storage.ParcelSent, Status: int64(answer.Status), Answer: "taken over"}
	case answer.Status == http.StatusGone:
		return outbox.Outcome{State: storage.ParcelBounced, Status: int64(answer.Status), Answer: "it wants no more calls"}
	}
	return outbox.Outcome{State: storage.ParcelPending, Status: int64(answer.Status), Answer: "status " + strconv.Itoa(answer.Status)}
}

// Settled records what became of a call.
func (c *Carrier) Settled(ctx context.Context, tx storage.Tx, p outbox.Opened) error {
	e := audit.Event{
		Kind: audit.WebhookSent, Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "system"}, Subject: p.PersonID,
		Detail: map[string]string{"event": p.Kind, "parcel": p.ID, "attempts": strconv.FormatInt(p.Attempts, 10)},
	}
	if p.State != storage.ParcelSent {
		e.Kind, e.Outcome, e.Reason = audit.WebhookUndelivered, audit.OutcomeDeny, string(p.State)
	}
	return audit.Record(ctx, tx, e)
}
