package worker_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/claviger-id/claviger/pkg/worker"
)

func TestEvery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var text bytes.Buffer
		log := slog.New(slog.NewTextHandler(&text, nil))
		began, n := time.Now(), 0
		err := worker.Every(ctx, time.Minute, log, "the work at hand", func(ctx context.Context) error {
			n++
			switch n {
			case 1:
				return errors.New("the first failed")
			case 3:
				cancel()
				return ctx.Err()
			}
			return nil
		})
		if err != nil || n != 3 || time.Since(began) != 3*time.Minute {
			t.Errorf("%d turns in %s: %v", n, time.Since(began), err)
		}
		if got := text.String(); strings.Count(got, "the work at hand") != 1 || !strings.Contains(got, "the first failed") {
			t.Errorf("log: %s", got)
		}
	})
}
