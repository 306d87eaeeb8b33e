package teststores

import (
	"fmt"
	"strings"
	"testing"
)

// Sentinels are a primary, a replica, and three sentinels of which two must agree,
// with the users of docs/redis.md.
type Sentinels struct {
	RedisTLS // empty when they speak in the clear
	Primary  *RedisServer
	Replica  *RedisServer
	All      []*RedisServer
	URL      string
}

// NewSentinels starts them, until the test ends.
func NewSentinels(t testing.TB, encrypted bool) Sentinels {
	t.Helper()
	out := Sentinels{RedisTLS: RedisTLS{config: "port PORT\n"}}
	scheme := "redis"
	if encrypted {
		out.RedisTLS, scheme = newRedisTLS(t), "rediss"
	}
	node := RedisCommon + out.config + "repl-diskless-sync-delay 0\n" + RedisAccount(t, "claviger")
	out.Primary = StartRedis(t, node, false, out.cli...)
	out.Replica = StartRedis(t, node+fmt.Sprintf("replicaof 127.0.0.1 %d\n", out.Primary.Port), false, out.cli...)
	until(t, "the replica follows", out.Replica.follows)
	var addrs []string
	for range 3 {
		s := StartRedis(t, "bind 127.0.0.1\ndir DIR\nrequirepass PASSWORD\nsentinel sentinel-pass PASSWORD\n"+
			out.config+RedisAccount(t, "watcher")+fmt.Sprintf(`
sentinel monitor claviger 127.0.0.1 %d 2
sentinel auth-pass claviger PASSWORD
sentinel down-after-milliseconds claviger 2000
sentinel failover-timeout claviger 3000
`, out.Primary.Port), true, out.cli...)
		out.All, addrs = append(out.All, s), append(addrs, s.Addr())
	}
	for _, s := range out.All {
		until(t, "the sentinels know each other and the replica", func() bool {
			text, _ := s.Ask("SENTINEL", "MASTER", "claviger")
			fields := strings.Split(text, "\n")
			value := func(name string) string {
				for i, f := range fields {
					if strings.TrimSpace(f) == name && i+1 < len(fields) {
						return strings.TrimSpace(fields[i+1])
					}
				}
				return ""
			}
			return value("num-other-sentinels") == "2" && value("num-slaves") == "1"
		})
	}
	out.URL = fmt.Sprintf("%s+sentinel://claviger:%s@%s/0?master_name=claviger&addr=%s&addr=%s&sentinel_username=watcher&sentinel_password=%s",
		scheme, RedisEscaped, addrs[0], addrs[1], addrs[2], RedisEscaped)
	return out
}
