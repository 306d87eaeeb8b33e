package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/password"
)

// hashCost is what a hash costs here.
type hashCost struct {
	MemoryMiB   uint32 `json:"memory_mib"`
	Iterations  uint32 `json:"iterations"`
	Parallelism uint8  `json:"parallelism"`
	Millis      int64  `json:"milliseconds"`
}

// calibration is what the command prints. What is recommended is never less than what
// is configured.
type calibration struct {
	hashCost
	WithinTime bool  `json:"within_time"`
	Target     int64 `json:"target_milliseconds"`
	// Configured is missing where hashes are of PBKDF2 (password.fips).
	Configured *hashCost `json:"configured,omitempty"`
	// Keep says that the recommendation is what is configured.
	Keep bool `json:"keep"`
	// Busy says that something else ran meanwhile, so that all of this is too cautious.
	Busy bool `json:"busy"`
	// Remembered is how many passwords a new one is compared with, and Choosing how long
	// that takes with these parameters while others sign in; it may take ChoosingMost.
	Remembered   int   `json:"remembered"`
	Choosing     int64 `json:"choosing_milliseconds"`
	ChoosingMost int64 `json:"choosing_most_milliseconds"`
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
longer than the given time: as much memory as there may be, then as many passes. It
measures what is configured too, and recommends nothing that is cheaper than that, nor
anything below 19 MiB and 2 passes. Run it on a machine that does nothing else; it says
when it was not so. The server computes as many hashes at once as it has cores.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if target < 10*time.Millisecond || target > 5*time.Second {
				return usageError{errors.New("--time must be between 10ms and 5s")}
			}
			if most < 19 || most > 256 {
				return usageError{errors.New("--memory must be between 19 and 256")}
			}
			c, err := p.load()
			if err != nil {
				return err
			}
			m := measuring{now: p.now}
			lanes := uint8(min(runtime.GOMAXPROCS(0), 4)) //nolint:gosec // 1 to 4
			best, took := password.Calibrate(target, most, lanes, m.hash)
			found := calibration{hashCost: costOf(best, took), WithinTime: took <= target, Target: target.Milliseconds()}
			if !c.Password.FIPS {
				now := configuredParams(c.Password)
				tookNow := m.hash(now)
				cost := costOf(now, tookNow)
				found.Configured = &cost
				if best.MemoryKiB < now.MemoryKiB || password.Cost(best.Scheme()) <= password.Cost(now.Scheme()) {
					found.Keep, found.hashCost, found.WithinTime = true, cost, tookNow <= target
				}
			}
			found.Busy = m.busy
			found.Remembered, found.ChoosingMost = rotations(c.Password.Rotation).Longest(), password.TurnTime.Milliseconds()
			_, beside := password.InTurn(found.Remembered+1, time.Duration(found.Millis)*time.Millisecond)
			found.Choosing = beside.Milliseconds()
			if asJSON {
				return json.NewEncoder(p.stdout).Encode(found)
			}
			return printCalibration(p.stdout, found)
		},
	}
	cmd.Flags().DurationVar(&target, "time", 300*time.Millisecond, "how long one hash may take, as a `duration`")
	cmd.Flags().Uint32Var(&most, "memory", 64, "how much memory one hash may use, in `MiB`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func costOf(p password.Params, took time.Duration) hashCost {
	return hashCost{MemoryMiB: p.MemoryKiB >> 10, Iterations: p.Iterations, Parallelism: p.Parallelism, Millis: took.Milliseconds()}
}

// measuring measures hashes, and notes when one and the same took different times.
type measuring struct {
	now  func() time.Time
	busy bool
}

// hash takes the shortest of three: what else runs only makes it longer.
func (m *measuring) hash(params password.Params) time.Duration {
	var shortest, longest time.Duration
	for i := range 3 {
		begun := m.now()
		password.Measure(params)
		took := m.now().Sub(begun)
		if i == 0 || took < shortest {
			shortest = took
		}
		longest = max(longest, took)
	}
	// The first may be longer for want of memory; half as much again is something else.
	if longest > shortest*3/2 && longest-shortest > 20*time.Millisecond {
		m.busy = true
	}
	return shortest
}

// printCalibration prints lines for a configuration file; what is to be known beside them
// are its comments.
func printCalibration(w io.Writer, c calibration) error {
	text := fmt.Sprintf("# the aim: %d ms for one hash (--time)\n", c.Target)
	if n := c.Configured; n != nil {
		text += fmt.Sprintf("# configured now: %d MiB, %s, %s: one takes %d ms here\n",
			n.MemoryMiB, plural(int64(n.Iterations), "pass", "passes"), plural(int64(n.Parallelism), "lane", "lanes"), n.Millis)
	} else {
		text += "# configured now: password.fips; these lines hold without it\n"
	}
	if c.Busy {
		text += "# the machine did other things meanwhile: do this again when it is idle\n"
	}
	switch {
	case c.Keep && c.WithinTime:
		text += "# keep what is configured: nothing dearer is within the aim\n"
	case c.Keep:
		text += "# keep what is configured, although it takes longer than the aim: less withstands less guessing\n"
	case !c.WithinTime:
		text += "# this is the least that is allowed, and takes longer than the aim\n"
	default:
		text += fmt.Sprintf("# recommended: one takes %d ms here\n", c.Millis)
	}
	if c.Remembered > 1 && c.Choosing > c.ChoosingMost {
		text += fmt.Sprintf("# too dear for a history of %d: choosing a password takes up to %d ms with these lines while others\n# sign in, and may take %d; lower password.rotation.history, or the aim\n", c.Remembered, c.Choosing, c.ChoosingMost)
	}
	_, err := fmt.Fprintf(w, "%s[password]\nmemory_mib = %d\niterations = %d\nparallelism = %d\n", text, c.MemoryMiB, c.Iterations, c.Parallelism)
	return err
}
