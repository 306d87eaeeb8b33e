package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// form says how much is measured.
type form struct {
	rounds      int
	length      time.Duration // of one round
	limit       int           // units of each worker in one round; 0 means no limit
	connections int
	hash        hashParams
	// slow is the length of a round with password hashes in it.
	slow      time.Duration
	flood     int // people who sign in wrongly at once
	starts    int
	growth    []population
	seeding   population
	living    living
	listing   leafing
	importing importing
}

// hundredThousand is a crowd of a hundred thousand people.
var hundredThousand = crowd{
	population: population{100_000, 100_000}, staff: 10_000, organizations: 1000, clients: 1000, applications: 10_000, events: 200_000,
	mails: 100_000, lines: 100_000, jobs: 1000,
}

// forms are the forms that there are.
var forms = map[string]form{
	// smoke proves that everything works, and measures nothing.
	"smoke": {
		rounds: 1, length: 5 * time.Second, limit: 2, connections: 2, hash: leastHash, slow: 300 * time.Millisecond, flood: 3, starts: 1,
		growth: []population{{20, 20}, {40, 40}}, seeding: population{20, 20},
		importing: importing{rows: 2500, every: 10 * time.Millisecond},
		listing: leafing{asks: 1, crowd: crowd{
			population: population{80, 20}, staff: 60, organizations: 40, clients: 40, applications: 40, events: 200, mails: 200, lines: 200, jobs: 40,
		}},
		living: living{live: 60, recorded: 30, due: 20, steady: 20, idle: 6 * time.Second, every: 20 * time.Millisecond},
	},
	"short": {
		rounds: 5, length: 1500 * time.Millisecond, connections: 10, hash: productHash, slow: 4 * time.Second, flood: 200, starts: 5,
		growth: []population{{1000, 1000}, {100_000, 100_000}}, seeding: population{1000, 1000},
		importing: importing{rows: 100_000, every: 50 * time.Millisecond},
		listing:   leafing{asks: 40, crowd: hundredThousand},
		living:    living{live: 20_000, recorded: 10_000, due: 2000, steady: 500, idle: 8 * time.Second, every: 10 * time.Millisecond},
	},
	"full": {
		rounds: 7, length: 2 * time.Second, connections: 10, hash: productHash, slow: 5 * time.Second, flood: 200, starts: 7,
		growth: []population{{1000, 1000}, {100_000, 100_000}, {1_000_000, 200_000}}, seeding: population{1000, 1000},
		importing: importing{rows: 100_000, every: 50 * time.Millisecond},
		listing:   leafing{asks: 200, crowd: hundredThousand},
		living:    living{live: 200_000, recorded: 40_000, due: 20_000, steady: 2000, idle: 15 * time.Second, every: 10 * time.Millisecond},
	},
}

// bench is one run.
type bench struct {
	form        form
	out         io.Writer
	progress    io.Writer
	source      string // directory of the source
	work        string // directory of this run
	program     string // the claviger that is measured
	self        string // this program, which is also the reference
	postgresURL string
	redisURL    string
	redisUsed   int
	bare        *process
	bareAddress string
	backends    []string
	before      string // an earlier build, or empty
	only        string // part of the name of the requests that are measured
	parts       map[string]bool
}

func run(ctx context.Context, args []string, in io.Reader, stdout, stderr io.Writer) error {
	if len(args) > 0 && args[0] == "reference" {
		return runReference(ctx, args[1:], in, stdout)
	}
	flags := flag.NewFlagSet("claviger-bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	name := flags.String("form", "short", "how much is measured: smoke, short or full")
	source := flags.String("source", ".", "`directory` of the source, where the program is built")
	program := flags.String("program", "", "a `claviger` that was built before; empty builds it")
	profile := flags.String("profile", "", "write profiles of the token path to this `directory` and measure nothing else")
	part := flags.String("part", "", "measure only this part: "+partNames())
	before := flags.String("before", "", "an earlier `claviger`: compare with it, request by request, and not with the bare reference")
	rounds := flags.Int("rounds", 0, "how many rounds, and how often each page of a list is asked for; 0 means as many as the form has")
	work := flags.String("work", "", "measure only the requests whose name has this `text`")
	only := flags.String("stores", "", "measure only on these stores: "+backendEmbedded+" or "+backendServers)
	if err := flags.Parse(args); err != nil {
		return err
	}
	f, known := forms[*name]
	if !known || flags.NArg() > 0 {
		return errors.New("usage: claviger-bench [-form smoke|short|full]; -h lists the rest")
	}
	if *rounds > 0 {
		f.rounds, f.listing.asks = *rounds, *rounds
	}
	b := &bench{
		form: f, out: stdout, progress: stderr, before: *before, only: *work, source: *source, program: *program, parts: map[string]bool{},
		postgresURL: os.Getenv("CLAVIGER_TEST_POSTGRES"), redisURL: os.Getenv("CLAVIGER_TEST_REDIS"),
		backends: []string{backendEmbedded, backendServers},
	}
	for _, p := range parts {
		b.parts[p.name] = *part == "" || *part == p.name
	}
	if *only != "" {
		b.backends = []string{*only}
	}
	var err error
	if b.work, err = os.MkdirTemp("", "claviger-bench-"); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(b.work) }()
	if b.self, err = os.Executable(); err != nil {
		return err
	}
	if *profile != "" {
		return b.profile(ctx, *profile)
	}
	if b.program == "" {
		if err := b.build(ctx); err != nil {
			return err
		}
	}
	return b.measure(ctx)
}

// build builds the program as `make build` does.
func (b *bench) build(ctx context.Context, extra ...string) error {
	b.program = filepath.Join(b.work, "claviger")
	args := append([]string{"build", "-trimpath", "-o", b.program}, extra...)
	cmd := exec.CommandContext(ctx, "go", append(args, "./cmd/claviger")...) //nolint:gosec // our own source
	cmd.Dir = b.source
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, text)
	}
	return nil
}

// runReference is a process of the reference: the bare handlers, or one of the
// bare loops.
func runReference(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	flags := flag.NewFlagSet("reference", flag.ContinueOnError)
	length := flags.Duration("length", time.Second, "how long a loop runs")
	workers := flags.Int("workers", 1, "how many at once")
	target := flags.String("target", "", "address or file")
	memory := flags.Uint("memory", 64, "of a hash, in MiB")
	passes := flags.Uint("iterations", 3, "of a hash")
	lanes := flags.Uint("lanes", 4, "of a hash")
	if len(args) == 0 {
		return errors.New("which reference?")
	}
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	switch args[0] {
	case "handlers":
		return serveReference(ctx, *target)
	case "attackers":
		return attackNow(ctx, in, out)
	case "postgres":
		return loopPostgres(ctx, in, out, *workers, *length)
	case "sqlite":
		return loopSQLite(ctx, out, *target, *length)
	case "argon2id":
		return loopArgon2id(ctx, out, *workers, hashParams{uint32(*memory), uint32(*passes), uint8(*lanes)}, *length) //nolint:gosec // our own flags
	}
	return errors.New("there is no reference " + strconv.Quote(args[0]))
}

// startReference starts the bare handlers.
func (b *bench) startReference(ctx context.Context) error {
	var err error
	if b.bareAddress, err = freeAddress(ctx); err != nil {
		return err
	}
	if b.bare, err = start(ctx, filepath.Join(b.work, "reference.log"), nil, b.self, "reference", "handlers", "-target", b.bareAddress); err != nil {
		return err
	}
	b.bare.metrics = "http://" + b.bareAddress + "/metrics"
	return b.bare.waitFor(ctx, b.bare.metrics)
}
