package audit

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"time"

	"github.com/claviger-id/claviger/pkg/request"
	"github.com/claviger-id/claviger/storage"
)

// Outcome says whether what was asked for was done.
type Outcome string

// The outcomes.
const (
	OutcomeAllow Outcome = "allow"
	OutcomeDeny  Outcome = "deny"
)

// Actor is who did it.
type Actor struct {
	// Type is person, applicant, client, operator or system.
	Type string `json:"type"`
	ID   string `json:"id,omitempty"`
	// Role is the one in the admin API by which the actor may, and empty elsewhere.
	Role string `json:"role,omitempty"`
}

// Event is what happened. It holds no secret, no password and nothing that
// somebody typed into a field for a name: people type passwords there.
type Event struct {
	Kind    Kind
	Outcome Outcome
	// Reason is a short code, empty when there is nothing to explain.
	Reason string
	Actor  Actor
	// Subject is the id of the person whom it is about.
	Subject   string
	ClientID  string
	SessionID string
	GrantID   string
	// Detail holds what else the kind has, as docs/audit-events.md says.
	Detail map[string]string
}

// timeLayout is how an event writes its time: UTC, to the microsecond.
const timeLayout = "2006-01-02T15:04:05.000000Z"

// schemaVersion is the first member of every encoded event.
const schemaVersion = 1

// body is the encoding of an event: JSON with members in this order and maps
// sorted by key, without insignificant space. What is stored is what is hashed.
type body struct {
	Version   int               `json:"v"`
	ID        string            `json:"id"`
	Time      string            `json:"time"`
	Kind      Kind              `json:"kind"`
	Outcome   Outcome           `json:"outcome"`
	Reason    string            `json:"reason,omitempty"`
	Actor     Actor             `json:"actor"`
	Subject   string            `json:"subject,omitempty"`
	ClientID  string            `json:"client_id,omitempty"`
	SessionID string            `json:"session_id,omitempty"`
	GrantID   string            `json:"grant_id,omitempty"`
	Detail    map[string]string `json:"detail,omitempty"`
	RequestID string            `json:"request_id,omitempty"`
	Address   string            `json:"address,omitempty"`
}

// Record writes events in the transaction, with the transaction's time and the
// origin of the request in ctx.
func Record(ctx context.Context, tx storage.Tx, all ...Event) error {
	rows := make([]storage.AuditEvent, len(all))
	for i, e := range all {
		var err error
		if rows[i], err = row(ctx, tx, e); err != nil {
			return fmt.Errorf("audit: %w", err)
		}
	}
	if err := tx.Audit().Append(ctx, rows...); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return nil
}

func row(ctx context.Context, tx storage.Tx, e Event) (storage.AuditEvent, error) {
	from := request.From(ctx)
	b := body{
		Version: schemaVersion, ID: newID(tx.Now()), Time: tx.Now().Format(timeLayout),
		Kind: e.Kind, Outcome: e.Outcome, Reason: e.Reason, Actor: e.Actor, Subject: e.Subject,
		ClientID: e.ClientID, SessionID: e.SessionID, GrantID: e.GrantID, Detail: e.Detail, RequestID: from.ID,
	}
	if from.Address.IsValid() {
		b.Address = from.Address.String()
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(b)
	return storage.AuditEvent{
		ID: b.ID, At: tx.Now(), Kind: string(e.Kind), Subject: e.Subject, Body: bytes.TrimSuffix(text.Bytes(), []byte("\n")), Sequence: -1,
	}, err
}

var idEncoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// newID is 48 bits of time in milliseconds and 80 random bits: unique, and
// sorted by time as text, because the alphabet is in the order of its bytes.
func newID(at time.Time) string {
	var b [16]byte
	ms := at.UnixMilli()
	for i := range 6 {
		b[i] = byte(ms >> (40 - 8*i)) //nolint:gosec // the byte that is meant
	}
	_, _ = rand.Read(b[6:])
	return idEncoding.EncodeToString(b[:])
}
