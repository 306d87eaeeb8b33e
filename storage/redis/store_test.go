package redis_test

import (
	"context"
	"crypto/x509"
	"errors"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/redis"
	"github.com/claviger-id/claviger/storage/storagetest"
	"github.com/claviger-id/claviger/storage/teststores"
)

func open(t *testing.T) storage.Ephemeral { return teststores.Prefix(t) }

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
		"rediss://192.0.2.1:6379/0":      false,
		"redis+cluster://192.0.2.1:6379": true, "redis+cluster://127.0.0.1:1?addr=192.0.2.1:6379": true, "rediss+cluster://192.0.2.1:6379": false,
		"redis+sentinel://192.0.2.1:26379?master_name=m": true, "redis+sentinel://127.0.0.1:1?master_name=m&addr=192.0.2.1:6379": true,
		"rediss+sentinel://192.0.2.1:26379?master_name=m": false, "redis+sentinel://127.0.0.1:1?master_name=m&addr=[::1]:1": false,
		"redis://localhost:1/0": false, "redis://[::1]:1/0": false,
	} {
		_, err := redis.Open(ctx, redis.Options{URL: url})
		if err == nil || strings.Contains(err.Error(), "unencrypted") != refused {
			t.Errorf("%s: %v, want refused %v", url, err, refused)
		}
	}
}

func TestURLs(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // nothing is dialled
	const first = "redis+sentinel://u:hunter2@127.0.0.1:1/0"
	for _, url := range []string{
		"redis+other://127.0.0.1:1",
		"http+cluster://127.0.0.1:1",
		"unix+cluster:///tmp/x",
		"redis+cluster://127.0.0.1",                  // no port
		"redis+cluster://127.0.0.1:1?addr=127.0.0.1", // no port
		"redis+cluster://127.0.0.1:1/3",              // a cluster has one database
		"redis+cluster://127.0.0.1:1?master_name=m",
		"redis+cluster://127.0.0.1:1?read_only=true", // replicas do not know yet what was used
		"redis+cluster://127.0.0.1:1?%zz",
		first,
		first + "?master_name=m&master_name=n",
		first + "?master_name=m&replica_only=true",
		first + "?master_name=m&addr=",
		"rediss://127.0.0.1:1?skip_verify=true",
		"rediss+cluster://127.0.0.1:1?skip_verify=true",
	} {
		_, err := redis.Open(ctx, redis.Options{URL: url})
		if err == nil || errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v, want it refused without the password", url, err)
		}
	}
	if _, err := redis.Open(ctx, redis.Options{URL: "redis://127.0.0.1:1", Roots: x509.NewCertPool()}); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("authorities without TLS: %v", err)
	}
}
