package telemetry

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"sort"
	"sync"
	"time"
)

// checkTime bounds one check of readiness.
const checkTime = 2 * time.Second

// Check is one thing without which the process cannot serve.
type Check struct {
	Name string
	Ping func(context.Context) error
}

// Alive answers whether the process runs: it does, or nobody would answer.
func Alive() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]string{"status": "alive"})
	})
}

// Ready answers whether all checks pass: 200, or 503 with the names of those
// that do not. Why they do not stands in the log, not in the answer.
func Ready(log *slog.Logger, checks ...Check) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), checkTime)
		defer cancel()
		var (
			mu     sync.Mutex // guards failed
			failed []string
			wg     sync.WaitGroup
		)
		for _, c := range checks {
			wg.Go(func() {
				if err := c.Ping(ctx); err != nil {
					log.LogAttrs(ctx, slog.LevelWarn, "not ready", slog.String("check", c.Name), slog.Any("error", err))
					mu.Lock()
					defer mu.Unlock()
					failed = append(failed, c.Name)
				}
			})
		}
		wg.Wait()
		if len(failed) > 0 {
			sort.Strings(failed)
			answer(w, http.StatusServiceUnavailable, map[string]any{"status": "not ready", "failed": failed})
			return
		}
		answer(w, http.StatusOK, map[string]string{"status": "ready"})
	})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the status is out; a broken connection has no other remedy
}
