package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"
)

// part is one table of the output.
type part struct {
	name string
	do   func(*bench, context.Context) error
}

var parts = []part{
	{"requests", (*bench).requests},
	{"flood", (*bench).floods},
	{"size", (*bench).sizes},
	{"sessions", (*bench).sessions},
	{"growth", (*bench).growth},
	{"listing", (*bench).listing},
	{"import", (*bench).imports},
}

func partNames() string {
	var names []string
	for _, p := range parts {
		names = append(names, p.name)
	}
	return strings.Join(names, ", ")
}

// measure runs all parts.
func (b *bench) measure(ctx context.Context) error {
	b.print("%d cores, %s, %d connections, %d rounds each, %s a round.\n",
		runtime.NumCPU(), runtime.Version(), b.form.connections, b.form.rounds, b.form.length)
	if b.form.limit > 0 {
		b.print("This form proves that everything works. Its figures mean nothing.\n")
	}
	if err := b.startReference(ctx); err != nil {
		return err
	}
	defer b.bare.stop()
	for _, p := range parts {
		if !b.parts[p.name] {
			continue
		}
		if err := p.do(b, ctx); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

func (b *bench) print(format string, args ...any) { _, _ = fmt.Fprintf(b.out, format, args...) }

// measuring is a way to measure one round.
type measuring func(context.Context) (measured, error)

// driven measures what workers do against a process.
func (b *bench) driven(p *process, address string, length time.Duration, workers ...unit) measuring {
	return func(ctx context.Context) (measured, error) {
		before, err := p.cost(ctx)
		if err != nil {
			return measured{}, err
		}
		m, err := drive(ctx, address, workers, length, b.form.limit)
		if err != nil {
			return measured{}, err
		}
		after, err := p.cost(ctx)
		m.cost = after.since(before, m.n)
		return m, err
	}
}

// same is n workers that do the same.
func same(n int, u unit) []unit { return slices.Repeat([]unit{u}, n) }

// comparison is all rounds of one line of a table.
type comparison struct{ ours, bare []measured }

// compare measures in alternating rounds. Who comes first alternates as well:
// what a round leaves behind (a warm cache, garbage, a checkpoint) falls on
// both.
func (b *bench) compare(ctx context.Context, ours, bare measuring) (comparison, error) {
	var c comparison
	for i := range b.form.rounds {
		both := []func() error{
			func() error {
				m, err := ours(ctx)
				c.ours = append(c.ours, m)
				return err
			},
			func() error {
				m, err := bare(ctx)
				c.bare = append(c.bare, m)
				return err
			},
		}
		if i%2 == 1 {
			slices.Reverse(both)
		}
		for _, do := range both {
			if err := do(); err != nil {
				return c, err
			}
		}
	}
	return c, nil
}

// ratios are those of the rates, round by round, lowest first.
func (c comparison) ratios() []float64 {
	var all []float64
	for i := range c.ours {
		all = append(all, c.ours[i].rate()/c.bare[i].rate())
	}
	slices.Sort(all)
	return all
}

// over takes the median of something over rounds.
func over(rounds []measured, of func(measured) float64) float64 {
	var all []float64
	for _, m := range rounds {
		all = append(all, of(m))
	}
	return median(all)
}

func rate(m measured) float64   { return m.rate() }
func cpu(m measured) float64    { return float64(m.cost.cpu) / float64(time.Microsecond) }
func allocs(m measured) float64 { return m.cost.allocs }
func p50(m measured) float64    { return milliseconds(quantile(m.latencies, .50)) }
func p99(m measured) float64    { return milliseconds(quantile(m.latencies, .99)) }

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// verdict compares with a target; at least or at most.
func verdict(value, target float64, atLeast bool) string {
	if value >= target == atLeast {
		return "met"
	}
	return "missed"
}
