// Package worker is how background work goes on: the same thing again and again,
// whatever happens, until the program stops.
package worker

import (
	"context"
	"log/slog"
	"time"
)

// Every does something at an interval until ctx ends, and returns nil then. A
// failure is logged under the name of the work, and the next turn tries again; a
// failure because ctx ends is none.
func Every(ctx context.Context, interval time.Duration, log *slog.Logger, work string, do func(context.Context) error) error {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := do(ctx); err != nil && ctx.Err() == nil {
			log.LogAttrs(ctx, slog.LevelError, "background work failed; it is tried again", slog.String("work", work), slog.Any("error", err))
		}
	}
}
