package redis_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/redis"
	"github.com/claviger-id/claviger/storage/storagetest"
)

func open(t *testing.T) storage.Ephemeral {
	t.Helper()
	url := os.Getenv("CLAVIGER_TEST_REDIS")
	if url == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("CLAVIGER_TEST_REDIS is not set, and CI is")
		}
		t.Skip("NOT TESTED: CLAVIGER_TEST_REDIS names no server; run the tests with: make test")
	}
	s, err := redis.Open(t.Context(), redis.Options{URL: url, Prefix: "test-" + secret.NewID()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestConformance(t *testing.T) { storagetest.Ephemeral(t, open) }

func TestServerThatDoesNotAnswer(t *testing.T) {
	_, err := redis.Open(t.Context(), redis.Options{URL: "redis://:hunter2@127.0.0.1:1/0"})
	if !errors.Is(err, storage.ErrUnavailable) || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error = %v, want ErrUnavailable without the password", err)
	}
	if _, err := redis.Open(t.Context(), redis.Options{URL: "http://:hunter2@x"}); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("bad URL: %v", err)
	}
}

func TestPlaintextIsRefused(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // what is not refused must not be dialled either
	for url, refused := range map[string]bool{
		"redis://192.0.2.1:6379/0": true, "redis://cache.example:6379/0": true,
		"rediss://192.0.2.1:6379/0": false, "redis://localhost:1/0": false, "redis://[::1]:1/0": false,
	} {
		_, err := redis.Open(ctx, redis.Options{URL: url})
		if err == nil || strings.Contains(err.Error(), "unencrypted") != refused {
			t.Errorf("%s: %v, want refused %v", url, err, refused)
		}
	}
}
