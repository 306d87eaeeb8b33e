package redis_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"

	driver "github.com/redis/go-redis/v9"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/redis"
	"github.com/claviger-id/claviger/storage/storagetest"
)

// counter counts the commands and what they answer.
type counter struct{ n atomic.Int64 }

func (c *counter) DialHook(next driver.DialHook) driver.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (c *counter) ProcessHook(next driver.ProcessHook) driver.ProcessHook {
	return func(ctx context.Context, cmd driver.Cmder) error {
		err := next(ctx, cmd)
		c.count(cmd)
		return err
	}
}

func (c *counter) ProcessPipelineHook(next driver.ProcessPipelineHook) driver.ProcessPipelineHook {
	return func(ctx context.Context, cmds []driver.Cmder) error {
		err := next(ctx, cmds)
		for _, cmd := range cmds {
			c.count(cmd)
		}
		return err
	}
}

func (c *counter) count(cmd driver.Cmder) {
	c.n.Add(1)
	if some, is := cmd.(*driver.StringSliceCmd); is {
		c.n.Add(int64(len(some.Val())))
	}
}

// TestListingsAreBounded counts what Redis is asked, and what it names in answer. All that
// is asked is found by a key, or by a place in an ordered set.
func TestListingsAreBounded(t *testing.T) {
	var c counter
	storagetest.SessionListings(t, func(t *testing.T) storage.Ephemeral {
		e := open(t)
		e.(*redis.Store).Hook(&c)
		return e
	}, func(_ storage.Ephemeral, do func() error) (int64, error) {
		c.n.Store(0)
		err := do()
		return c.n.Load(), err
	})
}
