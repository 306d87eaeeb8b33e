package main

import (
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/hashworker"
)

// hashWorkerName is the command that computes password hashes for a server.
const hashWorkerName = "hash-worker"

const (
	// hashWorkerIdle is how long its process is kept with nothing to do.
	hashWorkerIdle = time.Minute
	// hashWorkerLongest is more than the dearest hash takes on a busy machine.
	hashWorkerLongest = 2 * time.Minute
)

// hashWorkerCommand is for the server and not for people. It is told nothing but
// what to compute: no configuration, no key, no store.
func (p *program) hashWorkerCommand() *cobra.Command {
	return &cobra.Command{
		Use: hashWorkerName, Short: "Compute password hashes for a server", Hidden: true, Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			// It ends when the server does. A signal that both get, from a
			// terminal or a service manager, is the server's to answer; package
			// main has taken the default away.
			// Where a sandbox forbids it, hashes are computed all the same.
			_ = hashworker.LowerPriority()
			return hashworker.Serve(p.stdin, p.stdout)
		},
	}
}

// hashWorker computes hashes in a process that runs this same program.
func hashWorker(log *slog.Logger, budgetMiB int) *hashworker.Worker {
	return &hashworker.Worker{
		Log: log, Idle: hashWorkerIdle, Longest: hashWorkerLongest,
		Command: func() (*exec.Cmd, error) {
			self, err := selfPath()
			if err != nil {
				return nil, err
			}
			// It ends with its standard input and with nothing else.
			c := exec.Command(self, hashWorkerName) //nolint:gosec,noctx // this program
			c.Args[0] = "claviger"                  // what ps shows
			// The garbage of hashes is the blocks they used: it is collected
			// when it reaches the budget.
			c.Env = []string{fmt.Sprintf("GOMEMLIMIT=%dMiB", budgetMiB)}
			// How the runtime of this process works, its FIPS mode among it, holds
			// for that one too.
			for _, name := range []string{"GOMAXPROCS", "GODEBUG"} {
				if v := os.Getenv(name); v != "" {
					c.Env = append(c.Env, name+"="+v)
				}
			}
			return c, nil
		},
	}
}

// selfPath is this program, also when its file has been replaced by a newer
// version since it started.
func selfPath() (string, error) {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe", nil
	}
	return os.Executable()
}
