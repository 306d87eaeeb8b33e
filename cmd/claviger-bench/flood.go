package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"time"
)

const (
	// floodMemory is GOMEMLIMIT of the flooded server.
	floodMemory = "700MiB"
	// hashBudget is password.budget_mib as it comes.
	hashBudget = 512
	// probeEvery is the pace at which tokens are asked for during the flood.
	probeEvery = 10 * time.Millisecond
)

// floods prints what a flood of wrong sign-ins does to everybody else, and what
// it does to a bare handler on the same machine, which has nothing to do with it.
func (b *bench) floods(ctx context.Context) error {
	b.print("\n%d people sign in at once with a wrong password, over and over; who is told to come back waits as long as Retry-After says. "+
		"Meanwhile one client asks for a token every %s, and another asks a bare handler on the same machine for a signed token as often. GOMEMLIMIT=%s.\n\n",
		b.form.flood, probeEvery, floodMemory)
	for _, loops := range []int{1, runtime.NumCPU()} {
		part, perSecond := pauses(loops, b.form.slow)
		b.print("%d of %d cores busy with an empty loop and nothing else: each is paused for longer than %s %.1f times a second, for %.2f %% of the time.\n", loops, runtime.NumCPU(), pause, perSecond, 100*part)
	}
	b.print("\n| Stores | token p50 ms idle | flooded | token p99 ms idle | flooded | ratio | lowest to highest | target | hashes /s | refused /s | RSS MiB before | at most | target |\n")
	b.print("|---|---:|---:|---:|---:|---:|---:|---|---:|---:|---:|---:|---|\n")
	for _, backend := range b.backends {
		if err := b.floodOn(ctx, backend, backend); err != nil {
			return err
		}
	}
	if err := b.becomeRealtime(ctx); err != nil {
		b.print("\nReal-time priority is not permitted here, and was not measured: %s.\n", err)
		return nil
	}
	defer b.becomeNormal(ctx)
	for _, backend := range b.backends {
		if err := b.floodOn(ctx, backend, backend+", real-time"); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) floodOn(ctx context.Context, backend, name string) error {
	in, err := b.install(ctx, "flood", backend, b.form.hash)
	if err != nil {
		return err
	}
	defer in.remove(ctx)
	seeded, err := in.fill(ctx, b.form.seeding)
	if err != nil {
		return err
	}
	return b.flood(ctx, in, name, seeded.users)
}

// flooded is what a flood did, round by round: to requests alone, and beside it.
type flooded struct {
	idle, busy []measured
	ratios     []float64
}

func (f *flooded) add(idle, busy measured) {
	f.idle, f.busy = append(f.idle, idle), append(f.busy, busy)
	f.ratios = append(f.ratios, p99(busy)/p99(idle))
	slices.Sort(f.ratios)
}

func (b *bench) printFlooded(name string, f flooded) (middle float64) {
	middle = f.ratios[len(f.ratios)/2]
	b.print("| %s | %.2f | %.2f | %.2f | %.2f | **%.1f** | %.1f to %.1f |", name,
		over(f.idle, p50), over(f.busy, p50), over(f.idle, p99), over(f.busy, p99), middle, f.ratios[0], f.ratios[len(f.ratios)-1])
	return middle
}

// flood starts the server and floods it.
func (b *bench) flood(ctx context.Context, in *installation, name string, users []string) error {
	if _, err := in.serve(ctx, "GOMEMLIMIT="+floodMemory); err != nil {
		return err
	}
	ask := in.clientCredentials()
	if _, err := drive(ctx, in.public, same(b.form.connections, ask), b.form.length, b.form.limit); err != nil {
		return err // a warm server on both sides
	}
	before, _ := in.server.resident()
	bareAsk := func(ctx context.Context, c *connection) error {
		_, err := c.expect(ctx, http.StatusOK, post(b.bareAddress, "/sign", url.Values{"grant_type": {"client_credentials"}}))
		return err
	}
	both := []probe{{in.public, ask}, {b.bareAddress, bareAsk}}
	var ours, bare flooded
	tried, refused, seconds := 0, 0, 0.0
	for range max(1, b.form.rounds/2) {
		idle, err := probeBoth(ctx, both, 2*b.form.slow)
		if err != nil {
			return err
		}
		a, err := b.startAttackers(ctx, in, users)
		if err != nil {
			return err
		}
		busy, err := probeBoth(ctx, both, 2*b.form.slow)
		n, told, fault := a.end()
		if err := errors.Join(err, fault); err != nil {
			return err
		}
		tried, refused, seconds = tried+n, refused+told, seconds+busy[0].took.Seconds()
		ours.add(idle[0], busy[0])
		bare.add(idle[1], busy[1])
	}
	select {
	case <-in.server.done:
		return fmt.Errorf("the server died of the flood: %w", in.server.err)
	default:
	}
	_, peak := in.server.resident()
	middle := b.printFlooded(name, ours)
	b.print(" < 2: %s | %.1f | %.0f | %.0f | %.0f | ≤ %d more: %s |\n", verdict(middle, 2, false),
		float64(tried)/seconds, float64(refused)/seconds, before, peak, hashBudget, verdict(peak, before+hashBudget, false))
	b.printFlooded("a bare handler beside it", bare)
	b.print(" | | | | | |\n")
	return nil
}

// probe is what is asked at a steady pace.
type probe struct {
	address string
	ask     unit
}

// probeBoth asks in turn, each on one connection.
func probeBoth(ctx context.Context, probes []probe, length time.Duration) ([]measured, error) {
	all := make([]measured, len(probes))
	connections := make([]*connection, len(probes))
	for i, p := range probes {
		connections[i] = &connection{address: p.address}
		defer connections[i].close()
	}
	began := time.Now()
	for due, n := began, 0; time.Since(began) < length; due, n = due.Add(probeEvery/2), n+1 {
		time.Sleep(time.Until(due))
		i, at := n%len(probes), time.Now()
		if err := probes[i].ask(ctx, connections[i]); err != nil {
			return nil, err
		}
		all[i].latencies = append(all[i].latencies, time.Since(at))
	}
	for i := range all {
		all[i].n, all[i].took = len(all[i].latencies), time.Since(began)
		slices.Sort(all[i].latencies)
	}
	return all, nil
}
