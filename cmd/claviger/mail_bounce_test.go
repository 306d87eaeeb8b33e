package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/mail"
	"github.com/claviger-id/claviger/storage"
)

// TestAMailThatCameBackIsListed: the operator sees with which code, and neither
// the list nor the audit log has anything else of the notification.
func TestAMailThatCameBackIsListed(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "claviger.toml")
	text := fmt.Sprintf("data.directory = %q\nmail.host = \"relay.example.org\"\nmail.from = \"id@example.org\"\n", filepath.Join(dir, "d"))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := &program{
		stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, configFile: file,
		now: func() time.Time { return time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC) },
	}
	in, err := p.open(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	var sent storage.Parcel
	if err := in.store.Tx(t.Context(), func(tx storage.Tx) error {
		if err := in.post().Send(t.Context(), tx, mail.To{PersonID: "p", Address: "jane@example.org"}, mail.PasswordChanged{When: tx.Now()}, 0); err != nil {
			return err
		}
		all, err := tx.Outbox().List(t.Context(), storage.ParcelFilter{Carrier: mail.Carrier}, "", 1)
		if err != nil {
			return err
		}
		sent = all[0]
		sent.State, sent.Content, sent.Attempts, sent.LastStatus, sent.SettledAt = storage.ParcelSent, nil, 1, 250, tx.Now()
		return tx.Outbox().Settle(t.Context(), sent)
	}); err != nil {
		t.Fatal(err)
	}
	if err := in.close(); err != nil {
		t.Fatal(err)
	}
	notification := func(action, status string) string {
		return "Subject: SENTINEL\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n" +
			"Reporting-MTA: dns; relay.example.org\n\nFinal-Recipient: rfc822; SENTINEL@example.org\nAction: " + action + "\nStatus: " + status + "\n\n" +
			"--b\nContent-Type: message/rfc822\n\nMessage-ID: <" + sent.ID + "@example.org>\n\nSENTINEL\n--b--\n"
	}
	claviger := func(stdin string, args ...string) string {
		t.Helper()
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), append([]string{"--config", file}, args...), strings.NewReader(stdin), &stdout, &stderr); code != exitOK {
			t.Fatalf("%v ended with %d: %s", args, code, &stderr)
		}
		return stdout.String() + stderr.String()
	}
	for _, step := range []struct{ action, status, says, state string }{
		{"delayed", "4.4.1", "4.4.1: nothing was changed; it is sent\n", "sent"},
		{"failed", "4.4.7", "4.4.7: bounced\n", "bounced"},
		{"failed", "5.2.2", "5.2.2: bounced before\n", "bounced"},
	} {
		if got := claviger(notification(step.action, step.status), "mail", "bounce"); got != "mail "+sent.ID+": "+step.says {
			t.Errorf("%s: the command says %q", step.status, got)
		}
		if got := claviger("", "mail", "list", "--state", step.state); !strings.Contains(got, "jane@example.org") {
			t.Errorf("%s: the mails that are %s:\n%s", step.status, step.state, got)
		}
	}
	if got := claviger("", "mail", "list"); !strings.Contains(got, "it came back: 4.4.7") || strings.Contains(got, "SENTINEL") {
		t.Errorf("the list:\n%s", got)
	}
	out := filepath.Join(dir, "log.ndjson")
	claviger("", "audit", "export", "--out", out)
	events, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(events, []byte("mail.bounced")); n != 1 || bytes.Contains(events, []byte("SENTINEL")) {
		t.Errorf("the log has %d bounces:\n%s", n, events)
	}
}
