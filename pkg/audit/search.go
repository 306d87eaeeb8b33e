package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/claviger-id/claviger/storage"
)

// Query chooses events. What is empty does not count.
type Query struct {
	// Person is whom an event is about, Actor the id of who did it.
	Person, Actor, ClientID, Organization string
	Kind                                  Kind
	Outcome                               Outcome
	// Since is the first moment that counts, Until the first that does not any more.
	Since, Until time.Time
	// Newest says that the newest events come first.
	Newest bool
}

// Entry is an event with its place in the log.
type Entry struct {
	Place int64
	// Text is the event as it is hashed.
	Text []byte
	Event
	ID, RequestID, Address string
	At                     time.Time
}

const (
	// scanned is how many events are looked at for one page, of those that an index
	// finds. Of several filters one has the index; when few of what it finds pass the
	// others, whoever asks goes on where the look ended.
	scanned = 2000
	// batched is how many of them are read at once, after the first page.
	batched = 500
)

// idSpan bounds the ids of a query: greater than the one, less than the other.
func (q Query) idSpan() (after, before string) {
	before = "~" // greater than every id
	if !q.Since.IsZero() {
		after = idFloor(q.Since)
	}
	if !q.Until.IsZero() {
		before = idFloor(q.Until.Add(time.Millisecond))
	}
	return after, before
}

// idFloor is not greater than the id of any event of that millisecond or later.
func idFloor(at time.Time) string {
	var b [16]byte
	for i, ms := 0, at.UnixMilli(); i < 6; i++ {
		b[i] = byte(ms >> (40 - 8*i)) //nolint:gosec // the byte that is meant
	}
	return idEncoding.EncodeToString(b[:])
}

// Search returns up to limit entries that come after the id in cursor, and the
// cursor of what follows, empty at the end. A page may have fewer entries than the
// limit, or none, while there are more. Events without a place in the log are not
// found yet.
func Search(ctx context.Context, store storage.Store, q Query, cursor string, limit int) (found []Entry, next string, err error) {
	after, before := q.idSpan()
	err = store.View(ctx, func(tx storage.Tx) error {
		span, err := q.span(ctx, tx)
		if err != nil {
			return err
		}
		span.After, span.Before, span.Newest = after, before, q.Newest
		for looked := 0; looked < max(scanned, limit); {
			switch {
			case cursor != "" && q.Newest && cursor < span.Before:
				span.Before = cursor
			case cursor != "" && !q.Newest && cursor > span.After:
				span.After = cursor
			}
			if span.Limit = min(batched, max(limit-len(found), 1)); looked > 0 {
				span.Limit = batched
			}
			rows, err := tx.Audit().Find(ctx, span)
			if err != nil {
				return err
			}
			for _, row := range rows {
				cursor = row.ID
				if !q.perhaps(row) {
					continue
				}
				e, err := open(row)
				if err != nil {
					return err
				}
				if q.matches(e) {
					if found = append(found, e); len(found) == limit {
						next = cursor
						return nil
					}
				}
			}
			if len(rows) < span.Limit {
				return nil
			}
			looked += len(rows)
		}
		next = cursor
		return nil
	})
	if err != nil {
		return nil, "", fmt.Errorf("audit: %w", err)
	}
	return found, next, nil
}

// span says what the events of a query are found by. What only a filed event is found by
// counts when all are filed: those that another program has placed meanwhile are not yet.
func (q Query) span(ctx context.Context, tx storage.Tx) (storage.AuditSpan, error) {
	ways := []struct {
		by    storage.AuditBy
		value string
	}{
		{storage.AuditBySubject, q.Person}, {storage.AuditByOrganization, q.Organization}, {storage.AuditByActor, q.Actor}, {storage.AuditByClient, q.ClientID},
		{storage.AuditByDenial, denials(q.Outcome)}, {storage.AuditByKind, string(q.Kind)},
	}
	for _, way := range ways {
		if way.value == "" {
			continue
		}
		if way.by != storage.AuditBySubject && way.by != storage.AuditByKind {
			unfiled, err := tx.AuditFiling().Unfiled(ctx, 1)
			if err != nil {
				return storage.AuditSpan{}, err
			}
			if len(unfiled) > 0 {
				continue
			}
		}
		return storage.AuditSpan{By: way.by, Value: way.value}, nil
	}
	return storage.AuditSpan{}, nil
}

// denials is the outcome by which an index finds events. Most are allowed.
func denials(o Outcome) string {
	if o == OutcomeDeny {
		return string(o)
	}
	return ""
}

// perhaps looks at the columns and the bytes of an event before anybody reads it.
func (q Query) perhaps(row storage.AuditEvent) bool {
	for _, part := range []string{q.Actor, q.ClientID, q.Organization} {
		// What JSON may write in more than one way is left to matches.
		if !strings.ContainsFunc(part, func(c rune) bool { return c < ' ' || c > '~' || c == '"' || c == '\\' }) && !bytes.Contains(row.Body, []byte(part)) {
			return false
		}
	}
	if q.Outcome != "" && row.Outcome != "" && row.Outcome != string(q.Outcome) {
		return false
	}
	return q.Kind == "" || row.Kind == string(q.Kind)
}

func (q Query) matches(e Entry) bool {
	return (q.Actor == "" || e.Actor.ID == q.Actor) && (q.ClientID == "" || e.ClientID == q.ClientID) &&
		(q.Organization == "" || e.Detail["organization"] == q.Organization) && (q.Outcome == "" || e.Outcome == q.Outcome) &&
		(q.Person == "" || e.Subject == q.Person) && (q.Since.IsZero() || !e.At.Before(q.Since)) && (q.Until.IsZero() || e.At.Before(q.Until))
}

func open(row storage.AuditEvent) (Entry, error) {
	var b body
	if err := json.Unmarshal(row.Body, &b); err != nil {
		return Entry{}, fmt.Errorf("event %s: %w", row.ID, err)
	}
	return Entry{
		Place: row.Sequence, Text: row.Body, ID: b.ID, At: row.At, RequestID: b.RequestID, Address: b.Address,
		Event: Event{
			Kind: b.Kind, Outcome: b.Outcome, Reason: b.Reason, Actor: b.Actor, Subject: b.Subject,
			ClientID: b.ClientID, SessionID: b.SessionID, GrantID: b.GrantID, Detail: b.Detail,
		},
	}, nil
}

// Looked is the event that says that somebody read the log: what for, and how much
// was found.
func (q Query) Looked(kind Kind, count int, by Actor) Event {
	var filters []string
	detail := map[string]string{"count": strconv.Itoa(count)}
	for _, f := range []struct{ name, value string }{
		{"person", q.Person}, {"actor", q.Actor}, {"client", q.ClientID}, {"organization", q.Organization},
		{"kind", string(q.Kind)}, {"outcome", string(q.Outcome)}, {"since", stamp(q.Since)}, {"until", stamp(q.Until)},
	} {
		if f.value != "" {
			filters = append(filters, f.name)
		}
	}
	if len(filters) > 0 {
		detail["filter"] = strings.Join(filters, " ")
	}
	return Event{Kind: kind, Outcome: OutcomeAllow, Actor: by, Subject: q.Person, Detail: detail}
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(timeLayout)
}
