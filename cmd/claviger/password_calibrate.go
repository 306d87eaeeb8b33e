package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/password"
)

// calibration is what the command prints.
type calibration struct {
	MemoryMiB   uint32 `json:"memory_mib"`
	Iterations  uint32 `json:"iterations"`
	Parallelism uint8  `json:"parallelism"`
	Millis      int64  `json:"milliseconds"`
	WithinTime  bool   `json:"within_time"`
}

func (p *program) passwordCalibrateCommand() *cobra.Command {
	var (
		target time.Duration
		most   uint32
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "calibrate [--time DURATION] [--memory MIB]",
		Short: "Measure how dear a password hash may be on this machine",
		Long: `Computes hashes, one at a time, and prints the dearest parameters that take no
longer than the given time: as much memory as there may be, then as many passes.
They are never below 19 MiB and 2 passes. Run it on a machine that does nothing
else; the server computes as many hashes at once as it has cores.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if target < 10*time.Millisecond || target > 5*time.Second {
				return usageError{errors.New("--time must be between 10ms and 5s")}
			}
			if most < 19 || most > 256 {
				return usageError{errors.New("--memory must be between 19 and 256")}
			}
			lanes := uint8(min(runtime.GOMAXPROCS(0), 4)) //nolint:gosec // 1 to 4
			found, took := password.Calibrate(target, most, lanes, p.measureHash)
			return p.printCalibration(calibration{
				MemoryMiB: found.MemoryKiB >> 10, Iterations: found.Iterations, Parallelism: found.Parallelism,
				Millis: took.Milliseconds(), WithinTime: took <= target,
			}, asJSON)
		},
	}
	cmd.Flags().DurationVar(&target, "time", 300*time.Millisecond, "how long one hash may take, as a `duration`")
	cmd.Flags().Uint32Var(&most, "memory", 64, "how much memory one hash may use, in `MiB`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// measureHash takes the shortest of three: what else runs only makes it longer.
func (p *program) measureHash(params password.Params) time.Duration {
	best := time.Duration(0)
	for i := range 3 {
		begun := p.now()
		password.Measure(params)
		if took := p.now().Sub(begun); i == 0 || took < best {
			best = took
		}
	}
	return best
}

func (p *program) printCalibration(c calibration, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(p.stdout).Encode(c)
	}
	_, err := fmt.Fprintf(p.stdout, "# one hash takes %d ms on this machine\n[password]\nmemory_mib = %d\niterations = %d\nparallelism = %d\n",
		c.Millis, c.MemoryMiB, c.Iterations, c.Parallelism)
	if err == nil && !c.WithinTime {
		_, err = fmt.Fprintln(p.stderr, "claviger: this is the least that is allowed, and it takes longer than it was to")
	}
	return err
}
