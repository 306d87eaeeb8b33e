package postgres_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/postgres"
	"github.com/claviger-id/claviger/storage/storagetest"
	"github.com/claviger-id/claviger/storage/teststores"
)

func options(url string) postgres.Options {
	return postgres.Options{URL: url, Now: time.Now, Log: slog.New(slog.DiscardHandler), Migrate: true}
}

func TestConformance(t *testing.T) {
	storagetest.Durable(t, func(t *testing.T) storage.Store {
		s, err := postgres.Open(t.Context(), options(teststores.Database(t)))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	})
}

func TestReplicasThatBeginTogetherMigrateOnce(t *testing.T) {
	url := teststores.Database(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			s, err := postgres.Open(t.Context(), options(url))
			if err != nil {
				t.Error(err)
				return
			}
			if pending, err := s.Pending(t.Context()); err != nil || len(pending) != 0 {
				t.Errorf("pending %v, %v", pending, err)
			}
			_ = s.Close()
		})
	}
	wg.Wait()
}

func TestMigrations(t *testing.T) {
	storagetest.Migrations(t, func(t *testing.T) storagetest.Database {
		url := teststores.Database(t)
		return storagetest.Database{
			ByteType: "BYTEA",
			Script: func(t *testing.T, sql string) {
				c, err := pgx.Connect(t.Context(), url)
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = c.Close(t.Context()) }()
				if _, err := c.Exec(t.Context(), sql); err != nil {
					t.Fatal(err)
				}
			},
			Open: func(migrate, unmigrated bool) (storagetest.Migrating, error) {
				o := options(url)
				o.Migrate, o.Unmigrated = migrate, unmigrated
				return postgres.Open(t.Context(), o)
			},
		}
	})
}

func TestServerThatDoesNotAnswer(t *testing.T) {
	_, err := postgres.Open(t.Context(), options("postgres://user:hunter2@127.0.0.1:1/x?sslmode=disable"))
	if !errors.Is(err, storage.ErrUnavailable) {
		t.Errorf("error = %v, want ErrUnavailable", err)
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the error shows the password: %v", err)
	}
	if _, err := postgres.Open(t.Context(), options("postgres://user:hunter2@[bad/x")); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("bad URL: %v", err)
	}
}

func TestPlaintextIsRefused(t *testing.T) {
	for url, refused := range map[string]bool{
		"postgres://u@192.0.2.1/x?sslmode=disable":     true,
		"postgres://u@192.0.2.1/x?sslmode=prefer":      true,
		"postgres://u@db.example/x":                    true,
		"postgres://u@192.0.2.1/x?sslmode=verify-full": false,
	} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // what is not refused must not be dialled either
		_, err := postgres.Open(ctx, options(url))
		if got := strings.Contains(err.Error(), "unencrypted"); got != refused {
			t.Errorf("%s: %v, want refused %v", url, err, refused)
		}
	}
}

// TestServerThatGoesAway: a connection that breaks in a transaction fails that
// transaction, and no other.
func TestServerThatGoesAway(t *testing.T) {
	url := teststores.Database(t)
	s, err := postgres.Open(t.Context(), options(url))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	other, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close(t.Context()) }()
	if err := s.Tx(t.Context(), func(tx storage.Tx) error {
		if _, err := tx.Settings().PutOnce(t.Context(), "a", []byte("1")); err != nil {
			return err
		}
		if _, err := other.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`); err != nil {
			return err
		}
		_, err := tx.Settings().PutOnce(t.Context(), "b", []byte("1"))
		return err
	}); !errors.Is(err, storage.ErrUnavailable) {
		t.Errorf("error = %v, want ErrUnavailable", err)
	}
	if err := s.Tx(t.Context(), func(tx storage.Tx) error {
		_, err := tx.Settings().Get(t.Context(), "a")
		return err
	}); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("the next transaction: %v, want ErrNotFound", err)
	}
}

// TestOneConnectionIsEnough: no call may need a second connection to finish.
func TestOneConnectionIsEnough(t *testing.T) {
	o := options(teststores.Database(t))
	o.MaxConns = 1
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	s, err := postgres.Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.Ping(ctx); err != nil {
		t.Error(err)
	}
}
