package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// growth prints what a sign-in, a refresh and an introspection cost with few
// and with many people: all sizes run side by side, in alternating rounds. The
// password hash is the cheapest that is accepted, so that it does not hide the
// rest.
func (b *bench) growth(ctx context.Context) error {
	b.print("\n| Work | Stores | people | sessions | /s | cost against the smallest | lowest to highest | target | p50 ms | p99 ms | CPU µs |\n")
	b.print("|---|---|---:|---:|---:|---:|---:|---|---:|---:|---:|\n")
	for _, backend := range b.backends {
		if err := b.growthOn(ctx, backend); err != nil {
			return err
		}
	}
	return nil
}

// grown is one installation of a certain size, and what is measured on it.
type grown struct {
	in    *installation
	size  population
	units map[string][]unit
}

var growing = []string{"introspection", "refresh", "password sign-in"}

func (b *bench) growthOn(ctx context.Context, backend string) error {
	var all []grown
	defer func() {
		for _, g := range all {
			g.in.remove(ctx)
		}
	}()
	for _, size := range b.form.growth {
		g, took, err := b.grow(ctx, backend, size)
		if err != nil {
			return err
		}
		all = append(all, g)
		_, _ = fmt.Fprintf(b.progress, "%s: %d people and %d sessions stored in %s\n", backend, size.people, size.sessions, took.Round(time.Second))
	}
	for _, work := range growing {
		length := b.form.length
		if work == "password sign-in" {
			length = b.form.slow
		}
		rounds := make([][]measured, len(all))
		for i := range b.form.rounds {
			order := []int{}
			for k := range all {
				order = append(order, k)
			}
			if i%2 == 1 {
				slices.Reverse(order)
			}
			for _, k := range order {
				m, err := b.driven(all[k].in.server, all[k].in.public, length, all[k].units[work]...)(ctx)
				if err != nil {
					return fmt.Errorf("%s at %d people on %s: %w", work, all[k].size.people, backend, err)
				}
				rounds[k] = append(rounds[k], m)
			}
		}
		for k, g := range all {
			ratios := comparison{ours: rounds[0], bare: rounds[k]}.ratios() // cost is time: the smallest over this one
			middle := ratios[len(ratios)/2]
			target := "≤ 1.2: " + verdict(middle, 1.2, false)
			if k == 0 {
				target = ""
			}
			b.print("| %s | %s | %d | %d | %.0f | **%.2f** | %.2f to %.2f | %s | %.2f | %.2f | %.0f |\n",
				work, backend, g.size.people, g.size.sessions, over(rounds[k], rate), middle, ratios[0], ratios[len(ratios)-1], target,
				over(rounds[k], p50), over(rounds[k], p99), over(rounds[k], cpu))
		}
	}
	return nil
}

func (b *bench) grow(ctx context.Context, backend string, size population) (grown, time.Duration, error) {
	g := grown{size: size}
	var err error
	if g.in, err = b.install(ctx, fmt.Sprint(size.people), backend, leastHash); err != nil {
		return g, 0, err
	}
	began := time.Now()
	seeded, err := g.in.fill(ctx, size)
	if err != nil {
		return g, 0, err
	}
	took := time.Since(began)
	if _, err = g.in.serve(ctx); err != nil {
		return g, 0, err
	}
	token, err := g.in.serviceToken(ctx)
	if err != nil {
		return g, 0, err
	}
	tokens, err := g.in.refreshTokens(ctx, seeded.cookies)
	if err != nil {
		return g, 0, err
	}
	n := b.form.connections
	g.units = map[string][]unit{
		"introspection": same(n, g.in.introspect(token)), "refresh": g.in.refreshers(n, tokens),
		"password sign-in": same(min(n, 4), g.in.signIn(seeded.users)),
	}
	return g, took, nil
}
