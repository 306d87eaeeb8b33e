package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// importing says what the part about rosters imports.
type importing struct {
	rows int
	// every is the pause between two looks at the job, and at the list beside it.
	every time.Duration
}

// imported is what one combination of stores brought.
type imported struct {
	took, cancelled time.Duration
	looks           int             // at the job; each told at least as much as the one before
	beside          []time.Duration // how long a page of the list of people took meanwhile
	before, peak    float64         // MiB
	done            int64           // rows of the one that was cancelled
}

// jobSeen is a job as the API shows it.
type jobSeen struct {
	ID, State, Problem string
	Fraction           float64
	Counts             map[string]int64
}

// imports prints what it takes to import a roster through the API, what a list costs
// beside that, and how soon a second one stops that is cancelled in the middle.
func (b *bench) imports(ctx context.Context) error {
	b.print("\nA roster of %d people through the admin API, beside it a page of the list of people every %s; then another one that is cancelled.\n\n", b.form.importing.rows, b.form.importing.every)
	b.print("| Stores | rows | MiB | seconds | rows /s | RSS MiB before | at most | list meanwhile: p50 ms | p99 | worst | cancelled after s | of rows |\n")
	b.print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n")
	for _, backend := range b.backends {
		one, size, err := b.importOn(ctx, backend)
		if err != nil {
			return fmt.Errorf("on %s: %w", backend, err)
		}
		slices.Sort(one.beside)
		b.print("| %s | %d | %.1f | %.1f | %.0f | %.0f | %.0f | %.1f | %.1f | %.1f | %.2f | %d |\n", backend, b.form.importing.rows, float64(size)/(1<<20), one.took.Seconds(),
			float64(b.form.importing.rows)/one.took.Seconds(), one.before, one.peak, milliseconds(quantile(one.beside, .5)), milliseconds(quantile(one.beside, .99)),
			milliseconds(quantile(one.beside, 1)), one.cancelled.Seconds(), one.done)
	}
	return nil
}

func (b *bench) importOn(ctx context.Context, backend string) (out imported, size int, err error) {
	in, err := b.install(ctx, "import", backend, leastHash)
	if err != nil {
		return out, 0, err
	}
	defer in.remove(ctx)
	// The first command makes the installation.
	if err := in.command(ctx, "org", "create", "--config", in.config, "--name", "Operations"); err != nil {
		return out, 0, err
	}
	if err := in.command(ctx, "admin", "bootstrap", "--config", in.config, "--key-out", in.bossKey()); err != nil {
		return out, 0, err
	}
	if _, err := in.serve(ctx); err != nil {
		return out, 0, err
	}
	boss, err := in.boss(ctx, bossScope)
	if err != nil {
		return out, 0, err
	}
	c := &connection{address: in.admin}
	defer c.close()
	rows := b.form.importing.rows
	text := roster(0, rows)
	out.before, _ = in.server.resident()
	began := time.Now()
	j, err := boss.handIn(ctx, c, text)
	if err != nil {
		return out, 0, err
	}
	if err := b.follow(ctx, c, boss, &j, &out, func(jobSeen) bool { return false }); err != nil {
		return out, 0, err
	}
	out.took = time.Since(began)
	_, out.peak = in.server.resident()
	if j.State != "finished" || j.Fraction != 1 || j.Counts["created"] != int64(rows) {
		return out, 0, fmt.Errorf("the import came to %+v", j)
	}
	_, _ = fmt.Fprintf(b.progress, "%s: %d rows in %s, looked at %d times\n", backend, rows, out.took.Round(time.Second), out.looks)

	if j, err = boss.handIn(ctx, c, roster(rows, rows)); err != nil {
		return out, 0, err
	}
	aside := imported{}
	if err := b.follow(ctx, c, boss, &j, &aside, func(j jobSeen) bool { return j.Fraction > 0 }); err != nil {
		return out, 0, err
	}
	began = time.Now()
	if _, err := boss.call(ctx, c, http.StatusAccepted, "POST", "/v1/jobs/"+j.ID+"/cancel", nil); err != nil {
		return out, 0, err
	}
	if err := b.follow(ctx, c, boss, &j, &aside, func(jobSeen) bool { return false }); err != nil {
		return out, 0, err
	}
	out.cancelled, out.done = time.Since(began), j.Counts["created"]
	if j.State != "cancelled" || out.done >= int64(rows) {
		return out, 0, fmt.Errorf("the job that was cancelled came to %+v", j)
	}
	return out, len(text), nil
}

// follow looks at a job until it is over, or far enough, and at the list of people beside
// it.
func (b *bench) follow(ctx context.Context, c *connection, boss *officer, j *jobSeen, out *imported, enough func(jobSeen) bool) error {
	for j.State == "queued" || j.State == "running" {
		if enough(*j) {
			return nil
		}
		time.Sleep(b.form.importing.every)
		before := j.Fraction
		a, err := boss.call(ctx, c, http.StatusOK, "GET", "/v1/jobs/"+j.ID, nil)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(a.body, j); err != nil {
			return err
		}
		if out.looks++; j.Fraction < before {
			return fmt.Errorf("the job went back from %v to %v", before, j.Fraction)
		}
		began := time.Now()
		if _, err := boss.call(ctx, c, http.StatusOK, "GET", "/v1/people?limit=100", nil); err != nil {
			return err
		}
		out.beside = append(out.beside, time.Since(began))
	}
	return nil
}

// handIn hands in a roster.
func (o *officer) handIn(ctx context.Context, c *connection, text string) (j jobSeen, err error) {
	a, err := o.call(ctx, c, http.StatusAccepted, "POST", "/v1/imports?reason=measured", &text)
	if err != nil {
		return j, err
	}
	return j, json.Unmarshal(a.body, &j)
}

// call sends a request to the API, with a roster or without.
func (o *officer) call(ctx context.Context, c *connection, status int, method, target string, body *string) (answer, error) {
	path, _, _ := strings.Cut(target, "?")
	header, err := o.header(method, path)
	if err != nil {
		return answer{}, err
	}
	text := ""
	switch {
	case body != nil:
		header, text = append(header, "Content-Type: text/csv"), *body
	case method != http.MethodGet:
		header = append(header, "Content-Length: 0")
	}
	return c.expect(ctx, status, message(method+" "+target, o.in.admin, header, text))
}

// roster is one of so many people, from a number on: the columns that most have.
func roster(from, rows int) string {
	var out strings.Builder
	out.WriteString("NPI,Entity Type Code,Provider Last Name (Legal Name),Provider First Name,Provider Credential Text,Provider Business Practice Location Address City Name,Email,Organization\n")
	for i := from; i < from+rows; i++ {
		_, _ = fmt.Fprintf(&out, "%s,1,FAMILY%s,JANE,MD,SPRINGFIELD,%s,Practice %d\n", npi(i), letters(i), email(i), i/20)
	}
	return out.String()
}

// letters is a number in letters: a name has no digits.
func letters(i int) string {
	return strings.Map(func(c rune) rune { return 'A' + c - '0' }, fmt.Sprint(i))
}
