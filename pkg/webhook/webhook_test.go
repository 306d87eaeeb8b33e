package webhook_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/outbound"
	"github.com/claviger-id/claviger/pkg/outbox"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/pkg/webhook"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlite"
)

// TestTheVectorOfTheSpecification is the example of Standard Webhooks.
func TestTheVectorOfTheSpecification(t *testing.T) {
	secrets, err := webhook.ParseSecrets("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
	if err != nil {
		t.Fatal(err)
	}
	got := secrets.Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
}

func TestSecrets(t *testing.T) {
	good := "whsec_" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))
	for text, want := range map[string]int{
		good: 1, good + "\n\n" + good + "\n": 2, "": 0, "\n": 0, good + "\n" + good + "\n" + good: 0, "whsec_": 0, good[6:]: 0,
		"whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 23)): 0, "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 65)): 0, "whsec_%%%": 0,
	} {
		secrets, err := webhook.ParseSecrets(text)
		if len(secrets) != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %d secrets, %v", text, len(secrets), err)
		}
		if err != nil && len(text) > 6 && strings.Contains(err.Error(), text) {
			t.Errorf("the error shows the secret")
		}
	}
}

// TestACallIsMadeUntilItIsTaken: signed with both secrets, the same each time, and
// not lost while the other side is down.
func TestACallIsMadeUntilItIsTaken(t *testing.T) {
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	clock, log := func() time.Time { return now }, slog.New(slog.DiscardHandler)
	old, next := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)
	status := http.StatusServiceUnavailable
	var bodies, ids []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		bodies, ids = append(bodies, string(body)), append(ids, r.Header.Get("webhook-id"))
		for i, key := range [][]byte{old, next} {
			h := hmac.New(sha256.New, key)
			h.Write([]byte(r.Header.Get("webhook-id") + "." + r.Header.Get("webhook-timestamp") + "." + string(body)))
			signature := strings.Fields(r.Header.Get("webhook-signature"))[i]
			if signature != "v1,"+base64.StdEncoding.EncodeToString(h.Sum(nil)) {
				t.Errorf("signature %d is wrong", i)
			}
		}
		w.WriteHeader(status)
	}))
	defer server.Close()
	store, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "d.db"), Key: make([]byte, 32), Now: clock, Log: log, Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	keys, _, err := secret.NewRoot().NewKeyring()
	if err != nil {
		t.Fatal(err)
	}
	box := outbox.Box{Keys: keys}
	worker := &outbox.Worker{Box: box, Store: store, Now: clock, Log: log, Carriers: map[string]outbox.Carrier{webhook.Name: &webhook.Carrier{
		URL: server.URL, Secrets: webhook.Secrets{old, next}, Now: clock,
		Out: outbound.New(outbound.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}),
	}}}
	if err := store.Tx(t.Context(), func(tx storage.Tx) error {
		return box.Put(t.Context(), tx, outbox.Letter{Carrier: webhook.Name, Kind: "user_id.issued", PersonID: "p", Body: map[string]string{"user_id": "jsmith"}, ValidFor: time.Hour})
	}); err != nil {
		t.Fatal(err)
	}
	deliver := func() {
		if err := worker.Deliver(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	deliver()
	now, status = now.Add(10*time.Second), http.StatusNoContent
	deliver()
	now = now.Add(time.Hour)
	deliver()
	if len(bodies) != 2 || bodies[0] != bodies[1] || ids[0] != ids[1] {
		t.Fatalf("%d calls: %v %v", len(bodies), ids, bodies)
	}
	var sent struct {
		Type string
		Data map[string]string
	}
	if err := json.Unmarshal([]byte(bodies[0]), &sent); err != nil || sent.Type != "user_id.issued" || sent.Data["user_id"] != "jsmith" {
		t.Errorf("body %s, %v", bodies[0], err)
	}
}
