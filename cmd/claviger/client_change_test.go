package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/storage"
)

// TestAFirstSecretIsMadeWhereNothingElseChanges: an application that authenticates with a
// secret, and has none, gets one for the asking.
func TestAFirstSecretIsMadeWhereNothingElseChanges(t *testing.T) {
	onBothStores(t, testAFirstSecretIsMade)
}

func testAFirstSecretIsMade(t *testing.T, w *adminWorld) {
	ctx := t.Context()
	bare := storage.Client{
		ID: "bare", Name: "Bare", AuthMethod: "client_secret_basic", RedirectURIs: []string{"https://bare.example.org/cb"},
		Scopes: []string{"openid"}, GrantTypes: []string{"authorization_code"},
		IDTokenAlg: "ES256", AccessTokenAlg: "ES256", CreatedAt: w.in.now(), UpdatedAt: w.in.now(),
	}
	if err := w.in.store.Tx(ctx, func(tx storage.Tx) error { return tx.Clients().Insert(ctx, bare) }); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	p := &program{stdout: &said, stderr: &said, now: w.in.now}
	path := filepath.Join(t.TempDir(), "bare.secret")
	change := clientChange{id: "bare", patch: []byte(`{"token_endpoint_auth_method":"client_secret_basic"}`), secretOut: path}
	if err := p.changeClient(ctx, w.in, change); err != nil {
		t.Fatal(err)
	}
	secret, err := os.ReadFile(path)
	after, err2 := w.stored("bare")
	if err != nil || len(secret) == 0 || err2 != nil || len(after.Secrets) != 1 || strings.Contains(said.String(), "nothing to change") {
		t.Errorf("%v, %v, %d secrets, and it said %q", err, err2, len(after.Secrets), said.String())
	}
	if err := p.changeClient(ctx, w.in, change); err == nil || !strings.Contains(err.Error(), "rotate-secret bare") {
		t.Errorf("a second one: %v", err)
	}
}
