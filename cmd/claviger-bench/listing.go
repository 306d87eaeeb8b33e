package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// leafing says what the part about lists leafs through.
type leafing struct {
	crowd
	asks int // how often each page is asked for
}

const (
	// slowPage is what a page may take.
	slowPage = 50 * time.Millisecond
	// bossScope is what leafing asks for, and importing.
	bossScope = "admin:people.read admin:enrolments.read admin:enrolments.write admin:organizations.read admin:memberships.read admin:sessions.read " +
		"admin:clients.read admin:authorizations.read admin:agreements.read admin:logouts.read admin:mail.read admin:jobs.read admin:jobs.write admin:audit.read"
)

// listing prints what a page of each list of operators costs: at its beginning, in its
// middle and at its end. One page is asked for at a time. The time is that until the
// answer is there, on a connection that is open: the server's own, and the way there and
// back on one machine. CPU time is that of the server for a page, on the average.
func (b *bench) listing(ctx context.Context) error {
	l := b.form.listing
	b.print("\n%d people, %d sessions, %d audit events, %d of staff in the large organization, %d mails, %d lines in the logout ledger; %d a page, asked for %d times each.\n\n",
		l.people, l.sessions, l.events, l.staff, l.mails, l.lines, perPage, l.asks)
	b.print("| List | Stores | rows | first: p50 ms | p99 | middle: p50 | p99 | last: p50 | p99 | worst | target | CPU ms |\n")
	b.print("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---|---:|\n")
	for _, backend := range b.backends {
		if err := b.listingOn(ctx, backend, l); err != nil {
			return fmt.Errorf("on %s: %w", backend, err)
		}
	}
	return nil
}

func (b *bench) listingOn(ctx context.Context, backend string, l leafing) error {
	in, err := b.install(ctx, "listing", backend, leastHash)
	if err != nil {
		return err
	}
	defer in.remove(ctx)
	in.reachable = true
	began := time.Now()
	if _, err := in.fill(ctx, l.population); err != nil {
		return err
	}
	if err := in.gather(ctx, l.crowd); err != nil {
		return err
	}
	if err := in.appoint(ctx); err != nil {
		return err
	}
	if err := in.tidy(ctx); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(b.progress, "%s: a crowd gathered in %s\n", backend, time.Since(began).Round(time.Second))
	boss, directory, practice := &officer{in: in}, &officer{in: in, bearer: true}, &officer{in: in, bearer: true}
	all, err := in.lists(ctx, l.crowd, boss, directory, practice)
	if err != nil {
		return err
	}
	if _, err := in.serve(ctx); err != nil {
		return err
	}
	signedIn, err := in.boss(ctx, bossScope)
	if err != nil {
		return err
	}
	*boss = *signedIn
	for o, id := range map[*officer]string{directory: directoryClient, practice: practiceClient} {
		one, err := in.directory(ctx, id)
		if err != nil {
			return err
		}
		*o = *one
	}
	c := &connection{address: in.admin}
	defer c.close()
	for _, one := range all {
		if err := b.leaf(ctx, c, in.server, backend, one, l.asks); err != nil {
			return fmt.Errorf("%s: %w", one.name, err)
		}
	}
	return nil
}

// leaf measures one list.
func (b *bench) leaf(ctx context.Context, c *connection, p *process, backend string, l listed, asks int) error {
	n, worst, cells := 0, time.Duration(0), ""
	before, err := p.cost(ctx)
	if err != nil {
		return err
	}
	for i := range 3 {
		if i > len(l.at) {
			cells += " | |"
			continue
		}
		var took []time.Duration
		for range asks + 1 {
			t, found, err := l.read(ctx, c, i)
			if err != nil {
				return err
			}
			if i == 0 {
				n = found
			}
			took = append(took, t)
		}
		took = took[1:] // the first one prepares statements
		slices.Sort(took)
		worst = max(worst, took[len(took)-1])
		cells += fmt.Sprintf(" %.1f | %.1f |", milliseconds(quantile(took, .5)), milliseconds(quantile(took, .99)))
	}
	after, err := p.cost(ctx)
	b.print("| %s | %s | %d |%s %.1f | < 50 ms: %s | %.1f |\n", l.name, backend, n, cells, milliseconds(worst),
		verdict(milliseconds(worst), milliseconds(slowPage), false), milliseconds(after.since(before, (asks+1)*(len(l.at)+1)).cpu))
	return err
}
