package redis

import (
	"context"
	"errors"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Server is what Redis says of itself.
type Server struct {
	Version string
	// Policy is maxmemory-policy.
	Policy string
	// AppendOnly says that what was written is on disk; Snapshots, that the last
	// snapshot could be written.
	AppendOnly, Snapshots bool
}

// ErrNotAllowed says that the user may not ask: it needs +info.
var ErrNotAllowed = errors.New("redis: the user may not run INFO")

// Inspect asks the server, or one node of a cluster, how it is set up.
func (s *Store) Inspect(ctx context.Context) (Server, error) {
	text, err := s.client.Info(ctx).Result()
	if err != nil {
		// Redis has no code for it but the first word of the answer.
		if redis.HasErrorPrefix(err, "NOPERM") {
			return Server{}, ErrNotAllowed
		}
		return Server{}, classify(err)
	}
	facts := map[string]string{}
	for line := range strings.SplitSeq(text, "\n") {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			facts[name] = value
		}
	}
	return Server{
		Version: facts["redis_version"], Policy: facts["maxmemory_policy"],
		AppendOnly: facts["aof_enabled"] == "1", Snapshots: facts["rdb_last_bgsave_status"] == "ok",
	}, nil
}

// SnapshotFailed says whether the server refused a write because it could not write
// its last snapshot (stop-writes-on-bgsave-error).
func SnapshotFailed(err error) bool { return redis.HasErrorPrefix(err, "MISCONF") }
