package redis

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/claviger-id/claviger/storage"
)

// eachBatch is how many sessions are read at once.
const eachBatch = 100

// Each goes by the sets of deadlines, which every version writes with the session and by
// which each session ends in the end: what lists may miss is there. It takes the ids of a
// whole set at a time, since activity reorders it.
func (s sessions) Each(ctx context.Context, clientID string, at time.Time, fn func(storage.Session) error) error {
	for i := range shards {
		ids, err := s.client.ZRangeByScore(ctx, s.dueKey("s"+strconv.Itoa(i)), &redis.ZRangeBy{Min: "-inf", Max: "+inf"}).Result()
		if err != nil {
			return classify(err)
		}
		for chunk := range slices.Chunk(ids, eachBatch) {
			found, _, err := s.held(ctx, at, chunk)
			if err != nil {
				return err
			}
			for _, one := range found {
				if clientID != "" && !slices.Contains(one.Clients, clientID) {
					continue
				}
				if err := fn(one); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
