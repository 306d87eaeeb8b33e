package main

import (
	"context"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
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

// floods prints what a flood of wrong sign-ins does to everybody else.
func (b *bench) floods(ctx context.Context) error {
	b.print("\n%d people sign in at once with a wrong password, over and over; who is told to come back waits as long as Retry-After says. "+
		"Meanwhile one client asks for a token every %s. GOMEMLIMIT=%s.\n\n", b.form.flood, probeEvery, floodMemory)
	b.print("| Stores | token p50 ms idle | flooded | token p99 ms idle | flooded | ratio | lowest to highest | target | hashes /s | refused /s | RSS MiB before | at most | target |\n")
	b.print("|---|---:|---:|---:|---:|---:|---:|---|---:|---:|---:|---:|---|\n")
	for _, backend := range b.backends {
		in, err := b.install(ctx, "flood", backend, b.form.hash)
		if err != nil {
			return err
		}
		err = b.flood(ctx, in)
		in.remove(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) flood(ctx context.Context, in *installation) error {
	seeded, err := in.fill(ctx, b.form.seeding)
	if err != nil {
		return err
	}
	if _, err := in.serve(ctx, "GOMEMLIMIT="+floodMemory); err != nil {
		return err
	}
	length := 2 * b.form.slow
	if _, err := drive(ctx, in.public, same(b.form.connections, in.clientCredentials()), b.form.length, b.form.limit); err != nil {
		return err // a warm server on both sides
	}
	before, _ := in.server.resident()
	var idle, flooded []measured
	var ratios []float64
	hashes, refused, seconds := 0, 0, 0.0
	for range max(1, b.form.rounds/2) {
		quiet, err := b.probe(ctx, in, length)
		if err != nil {
			return err
		}
		f := b.startFlood(ctx, in, seeded.users)
		busy, err := b.probe(ctx, in, length)
		tried, told, fault := f.end()
		if err := errors.Join(err, fault); err != nil {
			return err
		}
		idle, flooded = append(idle, quiet), append(flooded, busy)
		ratios = append(ratios, p99(busy)/p99(quiet))
		hashes, refused, seconds = hashes+tried, refused+told, seconds+busy.took.Seconds()
	}
	select {
	case <-in.server.done:
		return fmt.Errorf("the server died of the flood: %w", in.server.err)
	default:
	}
	_, peak := in.server.resident()
	slices.Sort(ratios)
	middle := ratios[len(ratios)/2]
	b.print("| %s | %.2f | %.2f | %.2f | %.2f | **%.1f** | %.1f to %.1f | < 2: %s | %.1f | %.0f | %.0f | %.0f | ≤ %d more: %s |\n",
		in.backend, over(idle, p50), over(flooded, p50), over(idle, p99), over(flooded, p99), middle, ratios[0], ratios[len(ratios)-1],
		verdict(middle, 2, false), float64(hashes)/seconds, float64(refused)/seconds, before, peak,
		hashBudget, verdict(peak, before+hashBudget, false))
	return nil
}

// probe asks for tokens at a steady pace, on one connection.
func (b *bench) probe(ctx context.Context, in *installation, length time.Duration) (measured, error) {
	c := &connection{address: in.public}
	defer c.close()
	ask := in.clientCredentials()
	var m measured
	began := time.Now()
	for due := began; time.Since(began) < length; due = due.Add(probeEvery) {
		time.Sleep(time.Until(due))
		at := time.Now()
		if err := ask(ctx, c); err != nil {
			return m, err
		}
		m.latencies = append(m.latencies, time.Since(at))
	}
	m.n, m.took = len(m.latencies), time.Since(began)
	slices.Sort(m.latencies)
	return m, nil
}

// running is a flood under way.
type running struct {
	stop func()
	wait sync.WaitGroup

	mu             sync.Mutex // guards what follows
	tried, refused int
	fault          error
}

func (b *bench) startFlood(ctx context.Context, in *installation, users []string) *running {
	ctx, stop := context.WithCancel(ctx)
	f := &running{stop: stop}
	for i := range b.form.flood {
		f.wait.Go(func() {
			c := &connection{address: in.public}
			defer c.close()
			for n := 0; ctx.Err() == nil; n++ {
				// Each time another account: the guard of the account is not
				// what is measured. Every second one does not exist.
				user := fmt.Sprintf("nobody%d-%d", i, n)
				if n%2 == 0 {
					user = users[mathrand.IntN(len(users))] //nolint:gosec // who is no secret
				}
				answer, err := in.attempt(ctx, c, user, "a wrong password")
				f.count(answer.status, err)
				if err != nil {
					return
				}
				if seconds, err := strconv.Atoi(answer.header.Get("Retry-After")); err == nil {
					select {
					case <-ctx.Done():
					case <-time.After(time.Duration(seconds) * time.Second):
					}
				}
			}
		})
	}
	return f
}

func (f *running) count(status int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case err != nil:
		f.fault = err
	case status == http.StatusServiceUnavailable:
		f.refused++
	default:
		f.tried++
	}
}

func (f *running) end() (tried, refused int, err error) {
	f.stop()
	f.wait.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	if errors.Is(f.fault, context.Canceled) {
		f.fault = nil
	}
	return f.tried, f.refused, f.fault
}
