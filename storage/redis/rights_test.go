package redis_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/storage/redis"
	"github.com/claviger-id/claviger/storage/teststores"
)

// TestUserWhoMayNot takes one command after the other from the user of docs/redis.md: what
// is missing is told when the store is opened, and nothing is written to find out.
func TestUserWhoMayNot(t *testing.T) {
	account := teststores.RedisAccount(t, "claviger")
	n := teststores.StartRedis(t, teststores.RedisCommon+"port PORT\n"+account, false)
	allow := func(rules ...string) {
		t.Helper()
		if out, err := n.Ask(append([]string{"ACL", "SETUSER", "claviger"}, rules...)...); err != nil || strings.TrimSpace(out) != "OK" {
			t.Fatalf("ACL SETUSER %s: %v: %s", rules, err, out)
		}
	}
	opens := func(prefix string, denied ...string) {
		t.Helper()
		s, err := redis.Open(t.Context(), redis.Options{URL: fmt.Sprintf("redis://claviger:%s@%s/0", teststores.RedisEscaped, n.Addr()), Prefix: prefix})
		if err == nil {
			_ = s.Close()
		}
		var said redis.DeniedError
		if len(denied) == 0 && err != nil || len(denied) > 0 && (!errors.As(err, &said) || !slices.Equal(said.Commands, denied)) {
			t.Errorf("without %s: %v", denied, err)
		}
	}
	opens("")
	// Those without which there is no connection, or no cluster.
	connection := []string{"ping", "hello", "client|setname", "cluster|slots", "command"}
	var all []string
	for word := range strings.FieldsSeq(account) {
		command, is := strings.CutPrefix(word, "+")
		if !is || slices.Contains(connection, command) {
			continue
		}
		all = append(all, command)
		allow("-" + command)
		opens("", command)
		allow("+" + command)
	}
	if len(all) < 20 {
		t.Errorf("docs/redis.md lists %s only", all)
	}
	allow("-zrangebylex", "-hset")
	opens("", "hset", "zrangebylex")
	allow("+zrangebylex", "+hset", "resetkeys", "~other:*")
	opens("other")
	if _, err := redis.Open(t.Context(), redis.Options{URL: fmt.Sprintf("redis://claviger:%s@%s/0", teststores.RedisEscaped, n.Addr())}); err == nil ||
		!strings.Contains(err.Error(), "claviger:*") || strings.Contains(err.Error(), teststores.RedisEscaped) {
		t.Errorf("other keys: %v", err)
	}
	if out, err := n.Ask("DBSIZE"); err != nil || strings.TrimSpace(out) != "0" {
		t.Errorf("keys: %v: %s", err, out)
	}
}
