package admin

import (
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
)

// AuditQuery is how events are looked for.
type AuditQuery struct {
	Person       string    `query:"person" pattern:"^[a-z2-7]{26}$" doc:"Whom it is about."`
	Actor        string    `query:"actor" pattern:"^[ -~]*$" maxLength:"200" doc:"The id of who did it."`
	Client       string    `query:"client" pattern:"^[ -~]*$" maxLength:"200"`
	Organization string    `query:"organization" pattern:"^[a-z2-7]{26}$"`
	Kind         string    `query:"kind" pattern:"^[a-z_]+\\.[a-z_]+$" maxLength:"60" doc:"As docs/audit-events.md lists them."`
	Outcome      string    `query:"outcome" enum:"allow,deny"`
	Since        time.Time `query:"since" doc:"The first moment that counts."`
	Until        time.Time `query:"until" doc:"The first moment that does not count any more."`
	Cursor       string    `query:"cursor" maxLength:"200" doc:"The next of the page before; none for the first page."`
}

// query is what was asked for, and the id after which to go on.
func (q AuditQuery) query(newest bool) (audit.Query, string, error) {
	from, err := opened(q.Cursor)
	if err == nil && from != "" && !eventOrID.MatchString(from) {
		err = errCursor
	}
	return audit.Query{
		Person: q.Person, Actor: q.Actor, ClientID: q.Client, Organization: q.Organization, Kind: audit.Kind(q.Kind),
		Outcome: audit.Outcome(q.Outcome), Since: q.Since, Until: q.Until, Newest: newest,
	}, from, err
}

// AuditEvent is an entry of the audit log.
type AuditEvent struct {
	ID        string            `json:"id"`
	Place     int64             `json:"place" doc:"The place in the log, from 0."`
	Time      time.Time         `json:"time"`
	Kind      string            `json:"kind"`
	Outcome   string            `json:"outcome" enum:"allow,deny"`
	Reason    string            `json:"reason,omitempty"`
	Actor     audit.Actor       `json:"actor"`
	Subject   string            `json:"subject,omitempty"`
	Client    string            `json:"client_id,omitempty"`
	Session   string            `json:"session_id,omitempty"`
	Grant     string            `json:"grant_id,omitempty"`
	Detail    map[string]string `json:"detail,omitempty"`
	RequestID string            `json:"request_id,omitempty"`
	Address   string            `json:"address,omitempty"`
}

func auditEvent(e audit.Entry) AuditEvent {
	return AuditEvent{
		ID: e.ID, Place: e.Place, Time: e.At, Kind: string(e.Kind), Outcome: string(e.Outcome), Reason: e.Reason, Actor: e.Actor,
		Subject: e.Subject, Client: e.ClientID, Session: e.SessionID, Grant: e.GrantID, Detail: e.Detail, RequestID: e.RequestID, Address: e.Address,
	}
}
