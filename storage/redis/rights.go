package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"
)

// DeniedError says what the user may not do that the store needs.
type DeniedError struct {
	// Commands are in lower case; Keys is the pattern of the keys on which they are run.
	Commands []string
	Keys     string
}

func (e DeniedError) Error() string {
	return fmt.Sprintf("redis: the user may not run %s on %s; docs/redis.md lists what it needs", strings.Join(e.Commands, ", "), e.Keys)
}

// rights are the commands that the store runs, on a key, besides those without which there
// is no connection.
func rights(key string) [][]any {
	return [][]any{
		{"eval", "return 1", 1, key},
		{"evalsha", strings.Repeat("0", 40), 1, key},
		{"get", key},
		{"set", key, ""},
		{"del", key},
		{"exists", key},
		{"pexpire", key, 1},
		{"hget", key, "f"},
		{"hmget", key, "f"},
		{"hset", key, "f", ""},
		{"hincrby", key, "f", 1},
		{"sadd", key, "m"},
		{"srem", key, "m"},
		{"smembers", key},
		{"zadd", key, 0, "m"},
		{"zrem", key, "m"},
		{"zcard", key},
		{"zcount", key, "-inf", "+inf"},
		{"zrangebyscore", key, "-inf", "+inf"},
		{"zrangebylex", key, "-", "+"},
	}
}

// permitted is a DeniedError where the user may not do what the store does: it is told when
// the store is opened, not when somebody signs in. In a cluster, each primary is asked.
func (s *Store) permitted(ctx context.Context) error {
	if c, ok := s.client.(*redis.ClusterClient); ok {
		return c.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error { return s.permittedBy(ctx, node) })
	}
	return s.permittedBy(ctx, s.client)
}

// permittedBy has a server queue what it would do for the user, which it refuses there and
// then, and never do it: the last command is none, so the transaction is given up.
func (s *Store) permittedBy(ctx context.Context, node redis.Cmdable) error {
	begin, end := []any{"multi"}, []any{"exec"}
	denied, err := refused(ctx, node, begin, end)
	if err == nil && len(denied) == 0 {
		denied, err = refused(ctx, node, slices.Concat([][]any{begin}, rights(s.key("right", "r")), [][]any{{"get"}, end})...)
		denied = slices.DeleteFunc(denied, func(name string) bool { return name == "exec" }) // given up
	}
	switch {
	case err != nil:
		return classify(err)
	case len(denied) > 0:
		return DeniedError{Commands: denied, Keys: s.prefix + ":*"}
	}
	return nil
}

// refused are those of some commands that the user may not run, and an exec whose
// transaction was given up, which is also how an exec is refused. It is not told of what
// else a server has against them.
func refused(ctx context.Context, node redis.Cmdable, commands ...[]any) (names []string, err error) {
	replies, err := node.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, c := range commands {
			p.Do(ctx, c...)
		}
		return nil
	})
	var said redis.Error
	if err != nil && !errors.As(err, &said) {
		return nil, err
	}
	for _, reply := range replies {
		switch err := reply.Err(); {
		case redis.IsPermissionError(err), redis.HasErrorPrefix(err, "EXECABORT"):
			names = append(names, reply.Name())
		case err != nil && !errors.As(err, &said):
			return nil, err
		}
	}
	return names, nil
}
