package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
)

// becomeRealtime makes real-time processes of this one, which asks, of the bare handlers,
// and of what is started from now on, the server among it: who asks has a machine of
// their own, and so nothing of theirs waits for the server's hashes.
func (b *bench) becomeRealtime(ctx context.Context) error { return b.class(ctx, "--rr", 1) }

// becomeNormal takes it back.
func (b *bench) becomeNormal(ctx context.Context) { _ = b.class(ctx, "--other", 0) }

// class asks util-linux: there is no other form that compiles for every system.
func (b *bench) class(ctx context.Context, policy string, priority int) error {
	for _, pid := range []int{os.Getpid(), b.bare.cmd.Process.Pid} {
		c := exec.CommandContext(ctx, "chrt", "--all-tasks", policy, "--pid", strconv.Itoa(priority), strconv.Itoa(pid)) //nolint:gosec // names and numbers of ours
		if out, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("chrt: %w: %s", err, out)
		}
	}
	return nil
}
