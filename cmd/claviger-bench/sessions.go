package main

import (
	"context"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// living says how many sessions there are in the part about them.
type living struct {
	live int // sessions that go on
	// recorded is how many of them begin as in the program, with an audit event, and
	// are timed. The others are the same in the ephemeral store.
	recorded int
	due      int // sessions that are over at one moment
	steady   int // sessions that are over one after the other
	// idle is how long a session lives of those that end while it is measured:
	// longer than it takes to begin it and to start the server.
	idle  time.Duration
	every time.Duration // from the end of one steady session to that of the next
}

// lived is what one combination of stores brought.
type lived struct {
	begun          float64 // a second
	bytes          float64 // of the ephemeral store, for each session
	touched, asked measured
	resident       float64 // memory of the server, in MiB
	all, one       endings
}

// sessions prints what many live sessions cost, and how their ends keep up.
func (b *bench) sessions(ctx context.Context) error {
	l := b.form.living
	var rows []lived
	for _, backend := range b.backends {
		one, err := b.sessionsOn(ctx, backend)
		if err != nil {
			return fmt.Errorf("on %s: %w", backend, err)
		}
		rows = append(rows, one)
	}
	b.print("\n%d live sessions of as many people, each with one application; the first %d are timed.\n\n", l.live, l.recorded)
	b.print("| Stores | live sessions | bytes each | begun /s | activity /s | p50 ms | p99 ms | CPU µs | status /s | p50 ms | p99 ms | CPU µs | RSS MiB |\n")
	b.print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n")
	for i, r := range rows {
		b.print("| %s | %d | %.0f | %.0f | %.0f | %.2f | %.2f | %.0f | %.0f | %.2f | %.2f | %.0f | %.0f |\n", b.backends[i], l.live, r.bytes, r.begun,
			r.touched.rate(), p50(r.touched), p99(r.touched), cpu(r.touched), r.asked.rate(), p50(r.asked), p99(r.asked), cpu(r.asked), r.resident)
	}
	b.print("\nBeside them, %d sessions that were over when the server started; then %d that end one every %s, while one application reports activity every %s.\n\n",
		l.due, l.steady, l.every, probeEvery/2)
	b.print("| Stores | at once: ended /s | application told /s | one by one: ended late, median s | p95 | most | told late, median s | p95 | most |\n")
	b.print("|---|---:|---:|---:|---:|---:|---:|---:|---:|\n")
	for i, r := range rows {
		b.print("| %s | %.0f | %.0f | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f |\n", b.backends[i], pace(r.all.ended), pace(r.all.told),
			late(r.one.ended, r.one.due, .5), late(r.one.ended, r.one.due, .95), late(r.one.ended, r.one.due, 1),
			late(r.one.told, r.one.due, .5), late(r.one.told, r.one.due, .95), late(r.one.told, r.one.due, 1))
	}
	return nil
}

func (b *bench) sessionsOn(ctx context.Context, backend string) (out lived, err error) {
	l := b.form.living
	in, err := b.install(ctx, "sessions", backend, leastHash)
	if err != nil {
		return out, err
	}
	defer in.remove(ctx)
	hears, err := in.listen(ctx)
	if err != nil {
		return out, err
	}
	defer func() { _ = hears.close() }()
	seeded, err := in.fill(ctx, population{people: min(samples, l.recorded)})
	if err != nil {
		return out, err
	}
	before, err := in.held(ctx)
	if err != nil {
		return out, err
	}
	// Those that are over come first: the others take long enough.
	var over, live begun
	var took time.Duration
	if err := in.withStores(ctx, func(s opened) (err error) {
		return in.beginning(ctx, s, func(o *opener) error {
			if over, err = o.begin(ctx, l.live, l.due, func(int) time.Duration { return l.idle }); err != nil {
				return err
			}
			if err := o.grants(ctx, over); err != nil {
				return err
			}
			began := time.Now()
			if live, err = o.begin(ctx, 0, l.recorded, func(int) time.Duration { return liveIdle }); err != nil {
				return err
			}
			took = time.Since(began)
			_, err = o.unrecorded().begin(ctx, l.recorded, l.live-l.recorded, func(int) time.Duration { return liveIdle })
			return err
		})
	}); err != nil {
		return out, err
	}
	out.begun = float64(l.recorded) / took.Seconds()
	_, _ = fmt.Fprintf(b.progress, "%s: %d sessions begun in %s, and %d more\n", backend, l.recorded, took.Round(time.Second), l.live-l.recorded)
	after, err := in.held(ctx)
	if err != nil {
		return out, err
	}
	out.bytes = (after - before) / float64(l.due+l.live)
	if err := in.tidy(ctx); err != nil {
		return out, err
	}
	time.Sleep(time.Until(over.last()))

	// All at once.
	if _, err := in.serve(ctx); err != nil {
		return out, err
	}
	told, err := hears.wait(ctx, over)
	if err != nil {
		return out, err
	}
	_, _ = fmt.Fprintf(b.progress, "%s: %d ended\n", backend, len(told))
	tokens, err := in.sessionTokens(ctx, live.cookies[:len(seeded.users)])
	if err != nil {
		return out, err
	}
	touch, ask := in.session(http.MethodPost, "/session/activity", tokens), in.session(http.MethodGet, "/session", tokens)
	n := b.form.connections
	length := b.form.length * time.Duration(max(1, b.form.rounds/2))
	if out.touched, err = b.driven(in.server, in.public, length, same(n, touch)...)(ctx); err != nil {
		return out, err
	}
	if out.asked, err = b.driven(in.server, in.public, length, same(n, ask)...)(ctx); err != nil {
		return out, err
	}
	out.resident, _ = in.server.resident()
	in.server.stop()
	if out.all, err = in.endings(ctx, over, told); err != nil {
		return out, err
	}

	// One by one.
	var steady begun
	if err := in.withStores(ctx, func(s opened) error {
		return in.beginning(ctx, s, func(o *opener) error {
			if steady, err = o.begin(ctx, l.live+l.due, l.steady, func(i int) time.Duration { return l.idle + time.Duration(i)*l.every }); err != nil {
				return err
			}
			return o.grants(ctx, steady)
		})
	}); err != nil {
		return out, err
	}
	if _, err := in.serve(ctx); err != nil {
		return out, err
	}
	if _, err := probeBoth(ctx, []probe{{in.public, touch}}, time.Until(steady.last())); err != nil {
		return out, err
	}
	if told, err = hears.wait(ctx, steady); err != nil {
		return out, err
	}
	in.server.stop()
	out.one, err = in.endings(ctx, steady, told)
	return out, err
}

// held is how much the ephemeral store takes, in bytes: what Redis has in use, or
// the file.
func (in *installation) held(ctx context.Context) (float64, error) {
	if in.backend == backendEmbedded {
		info, err := os.Stat(filepath.Join(in.dir, "data", "ephemeral.db"))
		if os.IsNotExist(err) {
			return 0, nil // nobody has opened it yet
		}
		if err != nil {
			return 0, err
		}
		return float64(info.Size()), nil
	}
	options, err := redis.ParseURL(in.redis)
	if err != nil {
		return 0, err
	}
	client := redis.NewClient(options)
	defer func() { _ = client.Close() }()
	text, err := client.Info(ctx, "memory").Result()
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(text, "\nused_memory:")
	value, _, _ := strings.Cut(rest, "\r\n")
	return strconv.ParseFloat(value, 64)
}

// sessionTokens gets an access token from each of the sessions.
func (in *installation) sessionTokens(ctx context.Context, cookies []string) ([]string, error) {
	var tokens []string
	c := &connection{address: in.public}
	defer c.close()
	for _, cookie := range cookies {
		if err := codeFlow(in.public, in.asPortal(), []string{cookie}, func(i issued) { tokens = append(tokens, i.Access) })(ctx, c); err != nil {
			return nil, err
		}
	}
	return tokens, nil
}

// session tells or asks about the session of one of the tokens.
func (in *installation) session(method, path string, tokens []string) unit {
	return func(ctx context.Context, c *connection) error {
		token := tokens[mathrand.IntN(len(tokens))] //nolint:gosec // which one is no secret
		_, err := c.expect(ctx, http.StatusOK, message(method+" "+path, in.public, []string{"Authorization: Bearer " + token}, ""))
		return err
	}
}
