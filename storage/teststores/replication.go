package teststores

import (
	"strconv"
	"strings"
	"testing"
)

// follows is whether a replica has loaded what its primary had. What is written
// from then on may take another second to arrive: the primary sends it when a
// replica has acknowledged what it loaded, which it does once a second.
func (s *RedisServer) follows() bool { return s.replication("master_link_status") == "up" }

// Copied waits until a replica has all that was written to the primary before.
func (s *RedisServer) Copied(t testing.TB, replica *RedisServer) {
	t.Helper()
	offset := func(of *RedisServer, field string) int64 {
		n, err := strconv.ParseInt(of.replication(field), 10, 64)
		if err != nil {
			return -1
		}
		return n
	}
	written := offset(s, "master_repl_offset")
	if written <= 0 {
		t.Fatalf("the primary does not say how much was written: %d", written)
	}
	until(t, "the replica has what was written", func() bool { return offset(replica, "slave_repl_offset") >= written })
}

// replication is a field of what a server says of its replication, or nothing.
func (s *RedisServer) replication(field string) string {
	text, _ := s.Ask("INFO", "replication")
	for line := range strings.Lines(text) {
		if value, is := strings.CutPrefix(strings.TrimSpace(line), field+":"); is {
			return value
		}
	}
	return ""
}
