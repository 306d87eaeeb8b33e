package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/claviger-id/claviger/pkg/admin"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/keys"
	"github.com/claviger-id/claviger/storage"
)

// place gives the events of the log their places, under a checkpoint.
func (w *adminWorld) place() {
	w.t.Helper()
	key, err := keys.OpenAuditKey(w.t.Context(), w.in.store, w.in.keyring)
	if err != nil {
		w.t.Fatal(err)
	}
	s := &audit.Sequencer{Store: w.in.store, Signer: key.Signer, Log: slog.New(slog.DiscardHandler)}
	if err := s.Finish(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// TestAdminAudit looks for events and exports them.
func TestAdminAudit(t *testing.T) { onBothStores(t, testAdminAudit) }

func testAdminAudit(t *testing.T, w *adminWorld) {
	token := w.token("role-operator", everyScope())
	began := w.in.now()
	var o identified
	w.must(201, "POST", "/v1/organizations", token, `{"name":"Ward","kind":"facility"}`, nil, &o)
	w.must(201, "POST", "/v1/organizations/"+o.ID+"/members", token, `{"person":"`+w.people[1]+`","role":"biller","need":"bills"}`, nil, nil)
	for range 7 {
		w.must(200, "GET", "/v1/people/"+w.people[1], token, "", nil, nil)
	}
	w.call("GET", "/v1/people", w.token("role-nobody", everyScope()), nil, nil)
	if err := w.in.store.Tx(t.Context(), func(tx storage.Tx) error { // what an import or a detail could bring
		return audit.Record(t.Context(), tx, audit.Event{Kind: audit.TokenDenied, Outcome: audit.OutcomeDeny, Reason: "=HYPERLINK(\"x\")", Actor: audit.Actor{Type: "client", ID: "+evil"}, ClientID: "@<evil>&"})
	}); err != nil {
		t.Fatal(err)
	}
	w.place()

	find := func(query string, limit int) (all []admin.AuditEvent) {
		t.Helper()
		for next := ""; ; {
			var list struct {
				Items []admin.AuditEvent
				Next  string
			}
			w.must(200, "GET", fmt.Sprintf("/v1/audit/events?limit=%d&cursor=%s&%s", limit, next, query), token, "", nil, &list)
			all = append(all, list.Items...)
			if next = list.Next; next == "" {
				return all
			}
		}
	}
	for query, want := range map[string]int{
		"kind=person.read": 7, "kind=person.read&person=" + w.people[1]: 7, "kind=person.read&person=" + w.people[2]: 0,
		"person=" + w.people[1]: 8, "organization=" + o.ID: 2, "organization=" + o.ID + "&kind=membership.granted": 1,
		"kind=operator.denied&outcome=deny": 1, "kind=operator.denied&outcome=allow": 0, "actor=role-nobody": 1,
		"client=" + url.QueryEscape("@<evil>&"): 1, "actor=%2Bevil": 1, "until=" + url.QueryEscape(began.Add(-time.Hour).Format(time.RFC3339)): 0,
		"kind=person.read&since=" + url.QueryEscape(began.Format(time.RFC3339Nano)): 7,
	} {
		for _, limit := range []int{3, 100} {
			found := find(query, limit)
			if len(found) != want {
				t.Errorf("%s: %d, not %d", query, len(found), want)
			}
			for i := 1; i < len(found); i++ {
				if found[i].ID >= found[i-1].ID {
					t.Errorf("%s: not the newest first", query)
				}
			}
		}
	}
	read := w.must(200, "GET", "/v1/audit/events?person="+w.people[1], token, "", nil, nil)
	if e := w.event(read); e.Kind != string(audit.AuditRead) || e.Subject != w.people[1] || !strings.Contains(string(e.Body), `"filter":"person"`) {
		t.Errorf("the event is %s", e.Body)
	}
	w.must(400, "GET", "/v1/audit/events?cursor=MTphYg", token, "", nil, nil)

	exported := 0
	for target := "/v1/audit/export?limit=4&kind=person.read"; target != ""; {
		answer := w.must(200, "GET", target, token, "", nil, nil)
		exported += w.proven(answer)
		target, _, _ = strings.Cut(strings.TrimPrefix(answer.Header().Get("Link"), "<"), ">")
	}
	if exported != 7 {
		t.Errorf("%d events were exported", exported)
	}
	sheet := w.must(200, "GET", "/v1/audit/export?format=csv&actor=%2Bevil", token, "", nil, nil)
	rows, err := csv.NewReader(sheet.Body).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatalf("%v %v", rows, err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				t.Errorf("a formula: %s", cell)
			}
		}
	}
	if e := w.event(sheet); e.Kind != string(audit.AuditExported) || !strings.Contains(string(e.Body), `"format":"csv"`) {
		t.Errorf("the event is %s", e.Body)
	}
}

// proven checks every line of an export as somebody does who has that line and the
// key alone, and returns how many there are.
func (w *adminWorld) proven(answer *httptest.ResponseRecorder) (n int) {
	w.t.Helper()
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 1<<20)
	var head struct {
		Checkpoint, Key string
		Size            int64
	}
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &head) != nil {
		w.t.Fatalf("no checkpoint: %s", lines.Bytes())
	}
	key, err := keys.OpenAuditKey(w.t.Context(), w.in.store, w.in.keyring)
	if err != nil {
		w.t.Fatal(err)
	}
	if head.Key != key.Verifier {
		w.t.Errorf("the key is %s", head.Key)
	}
	verifier, err := note.NewVerifier(key.Verifier)
	if err != nil {
		w.t.Fatal(err)
	}
	opened, err := note.Open([]byte(head.Checkpoint), note.VerifierList(verifier))
	if err != nil {
		w.t.Fatal(err)
	}
	text := strings.Split(opened.Text, "\n")
	size, _ := strconv.ParseInt(text[1], 10, 64)
	var root tlog.Hash
	raw, _ := base64.StdEncoding.DecodeString(text[2])
	copy(root[:], raw)
	for lines.Scan() {
		var entry struct {
			Place int64
			Proof []string
			Event json.RawMessage
		}
		if err := json.Unmarshal(lines.Bytes(), &entry); err != nil {
			w.t.Fatal(err)
		}
		var proof tlog.RecordProof
		for _, one := range entry.Proof {
			var h tlog.Hash
			raw, _ := hex.DecodeString(one)
			copy(h[:], raw)
			proof = append(proof, h)
		}
		if err := tlog.CheckRecord(proof, size, root, entry.Place, tlog.RecordHash(entry.Event)); err != nil {
			w.t.Errorf("place %d: %v", entry.Place, err)
		}
		if tlog.CheckRecord(proof, size, root, entry.Place, tlog.RecordHash(bytes.ToUpper(entry.Event))) == nil {
			w.t.Errorf("place %d: another event is proven as well", entry.Place)
		}
		n++
	}
	return n
}
