package oidc_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/redis"
	"github.com/claviger-id/claviger/storage/teststores"
)

// TestPollingWhileRedisRefusesWrites: an application that asks how long the session lives
// goes on being told while the primary has too few replicas. What a person did, and a proof
// that has to be noted, it cannot tell.
func TestPollingWhileRedisRefusesWrites(t *testing.T) {
	server := teststores.StartRedis(t, teststores.RedisCommon+"port PORT\n"+teststores.RedisAccount(t, "claviger"), false)
	w := newWorld(t, func(t testing.TB, now func() time.Time) (storage.Store, storage.Ephemeral) {
		durable, _ := teststores.Embedded(t, now)
		short, err := redis.Open(t.Context(), redis.Options{URL: fmt.Sprintf("redis://claviger:%s@%s/0", teststores.RedisEscaped, server.Addr())})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = short.Close() })
		return durable, short
	})
	replicas := func(wanted string) {
		t.Helper()
		if out, err := server.Ask("CONFIG", "SET", "min-replicas-to-write", wanted); err != nil || strings.TrimSpace(out) != "OK" {
			t.Fatalf("CONFIG SET: %v: %s", err, out)
		}
	}
	b := w.browser()
	token, bound := b.tokens("portal")["access_token"], b.bound(t)
	w.clock.add(time.Minute)
	replicas("1")
	w.expectDown = true
	w.wantLeft("asked", w.left(token), 840)
	for what, a := range map[string]answer{
		"reported":           w.report(token),
		"asked with a proof": w.atSessionWithProof("GET", "/session", bound, bankKey.proof(w, "GET", "/session", bound, nil)),
	} {
		if a.status != http.StatusServiceUnavailable {
			t.Errorf("%s: %d %s, want 503", what, a.status, a.body)
		}
	}
	w.wantLeft("asked again", w.left(token), 840)
	w.expectDown = false
	replicas("0")
	w.wantLeft("reported later", w.report(token), 900)
}
