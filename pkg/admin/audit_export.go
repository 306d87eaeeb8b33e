package admin

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/storage"
)

type exportAuditInput struct {
	AuditQuery
	Format string `query:"format" enum:"ndjson,csv" default:"ndjson"`
	Limit  int    `query:"limit" minimum:"1" maximum:"5000" default:"5000"`
}

type exportAuditOutput struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Link        string `header:"Link" doc:"The next part, rel=next; absent on the last one."`
	Body        []byte
}

func (a *API) exportAudit() {
	handle(a, huma.Operation{
		OperationID: "export-audit-events", Method: http.MethodGet, Path: "/v1/audit/export", Tags: []string{"Audit"},
		Summary: "Hand out events of the audit log with proofs",
		Description: "The oldest first, up to the newest checkpoint, in parts; the first part makes a checkpoint that covers all that happened before. Every part begins with that checkpoint and the public key of the log; " +
			"every event has its place and its way to the root of the checkpoint (RFC 9162 section 2.1.3), in hexadecimal. " +
			"In CSV, a cell that a spreadsheet would take for a formula begins with an apostrophe. The export is recorded in the log.",
		Responses: map[string]*huma.Response{"200": {
			Description: "Events", Content: map[string]*huma.MediaType{
				"application/x-ndjson": {Schema: &huma.Schema{Type: "string"}}, "text/csv": {Schema: &huma.Schema{Type: "string"}},
			},
		}},
	}, a.doExportAudit)
}

func (a *API) doExportAudit(ctx context.Context, by Caller, in *exportAuditInput) (*exportAuditOutput, error) {
	q, from, err := in.query(false)
	if err != nil {
		return nil, err
	}
	if from == "" { // nothing that happened until now is missing
		if err := a.SignLog(ctx); err != nil {
			return nil, err
		}
	}
	found, next, err := audit.Search(ctx, a.Store, q, from, in.Limit)
	if err != nil {
		return nil, err
	}
	checkpoint, proven, err := audit.Prove(ctx, a.Store, found)
	if err != nil {
		return nil, err
	}
	if len(proven) < len(found) {
		next = "" // the checkpoint ends here
	}
	if err := a.guard().Tx(ctx, func(tx storage.Tx) error {
		e := q.Looked(audit.AuditExported, len(proven), by.Actor)
		e.Detail["format"] = in.Format
		return audit.Record(ctx, tx, e)
	}); err != nil {
		return nil, err
	}
	out := &exportAuditOutput{ContentType: "application/x-ndjson", Disposition: `attachment; filename="audit.` + in.Format + `"`}
	if in.Format == "csv" {
		out.ContentType = "text/csv; charset=utf-8; header=present"
		out.Body, err = auditCSV(a.AuditKey, checkpoint, proven)
	} else {
		out.Body, err = auditNDJSON(a.AuditKey, checkpoint, proven)
	}
	if next != "" {
		out.Link = `</v1/audit/export?` + in.following(next) + `>; rel="next"`
	}
	return out, err
}

// following is the query of the part that follows.
func (in *exportAuditInput) following(next string) string {
	q := url.Values{"format": {in.Format}, "limit": {strconv.Itoa(in.Limit)}, "cursor": {cursor(next)}}
	for name, value := range map[string]string{
		"person": in.Person, "actor": in.Actor, "client": in.Client, "organization": in.Organization, "kind": in.Kind, "outcome": in.Outcome,
		"since": rfc3339(in.Since), "until": rfc3339(in.Until),
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q.Encode()
}

func rfc3339(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func proofText(p audit.Proven) []string {
	text := []string{}
	for _, h := range p.Proof {
		text = append(text, hex.EncodeToString(h))
	}
	return text
}

// auditNDJSON is a line with the checkpoint, and one for each event. What was hashed
// is the event as it stands there, to the byte.
func auditNDJSON(key string, checkpoint storage.Checkpoint, proven []audit.Proven) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(map[string]any{"checkpoint": string(checkpoint.Note), "key": key, "size": checkpoint.Size}); err != nil {
		return nil, err
	}
	for _, p := range proven {
		proof, err := json.Marshal(proofText(p))
		if err != nil {
			return nil, err
		}
		out.WriteString(`{"place":` + strconv.FormatInt(p.Place, 10) + `,"proof":` + string(proof) + `,"event":`)
		out.Write(p.Text)
		out.WriteString("}\n")
	}
	return out.Bytes(), nil
}

// auditCSV is a row with the checkpoint in its last cells, and one for each event.
func auditCSV(key string, checkpoint storage.Checkpoint, proven []audit.Proven) ([]byte, error) {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	rows := [][]string{
		{"place", "id", "time", "kind", "outcome", "reason", "actor_type", "actor_id", "actor_role", "subject", "client_id", "session_id", "grant_id", "request_id", "address", "event", "proof"},
		{strconv.FormatInt(checkpoint.Size, 10), "", "", "checkpoint", "", "", "", "", "", "", "", "", "", "", "", key, string(checkpoint.Note)},
	}
	for _, p := range proven {
		rows = append(rows, []string{
			strconv.FormatInt(p.Place, 10), p.ID, rfc3339(p.At), string(p.Kind), string(p.Outcome), p.Reason, p.Actor.Type, p.Actor.ID, p.Actor.Role,
			p.Subject, p.ClientID, p.SessionID, p.GrantID, p.RequestID, p.Address, string(p.Text), strings.Join(proofText(p), " "),
		})
	}
	for _, row := range rows {
		for i := range row {
			row[i] = plain(row[i])
		}
		if err := w.Write(row); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

// plain is a cell that no spreadsheet takes for a formula.
func plain(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
