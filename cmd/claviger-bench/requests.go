package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"runtime"
	"time"
)

// line is one line of the table of requests.
type line struct {
	work       string
	target     float64
	ours, bare measuring
}

// requests prints what each kind of request costs, on both combinations of
// stores.
func (b *bench) requests(ctx context.Context) error {
	b.print("\n| Work | Stores | Claviger /s | bare /s | ratio | lowest to highest | target | p50 ms | p99 ms | bare p50 | bare p99 | CPU µs | bare CPU µs | allocations | bare |\n")
	b.print("|---|---|---:|---:|---:|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|\n")
	for _, backend := range b.backends {
		in, err := b.install(ctx, "requests", backend, b.form.hash)
		if err != nil {
			return err
		}
		err = b.requestsOn(ctx, in)
		in.remove(ctx)
		if err != nil {
			return err
		}
	}
	b.print("\nCPU is that of the answering process alone, for each unit of work; so are allocations. Rates are medians of the rounds; the driver shares the cores with both.\n")
	return nil
}

func (b *bench) requestsOn(ctx context.Context, in *installation) error {
	seeded, err := in.fill(ctx, b.form.seeding)
	if err != nil {
		return err
	}
	if _, err := in.serve(ctx); err != nil {
		return err
	}
	lines, err := b.lines(ctx, in, seeded)
	if err != nil {
		return err
	}
	for _, l := range lines {
		c, err := b.compare(ctx, l.ours, l.bare)
		if err != nil {
			return fmt.Errorf("%s on %s: %w", l.work, in.backend, err)
		}
		ratios := c.ratios()
		b.print("| %s | %s | %.0f | %.0f | **%.0f %%** | %.0f to %.0f %% | ≥ %.0f %%: %s | %.2f | %.2f | %.2f | %.2f | %.0f | %.0f | %.0f | %.0f |\n",
			l.work, in.backend, over(c.ours, rate), over(c.bare, rate), 100*ratios[len(ratios)/2], 100*ratios[0], 100*ratios[len(ratios)-1],
			100*l.target, verdict(ratios[len(ratios)/2], l.target, true),
			over(c.ours, p50), over(c.ours, p99), over(c.bare, p50), over(c.bare, p99),
			over(c.ours, cpu), over(c.bare, cpu), over(c.ours, allocs), over(c.bare, allocs))
	}
	return nil
}

func (b *bench) lines(ctx context.Context, in *installation, seeded filled) ([]line, error) {
	n, length := b.form.connections, b.form.length
	ours := func(workers ...unit) measuring { return b.driven(in.server, in.public, length, workers...) }
	bare := func(u unit) measuring { return b.driven(b.bare, b.bareAddress, length, same(n, u)...) }
	signed := fixed(post(b.bareAddress, "/sign", clientCredentials, in.asService()), `"access_token"`)
	lines := []line{{"client_credentials, ES256 JWT", .65, ours(same(n, in.clientCredentials())...), bare(signed)}}

	for path, name := range map[string]string{"/jwks": "JWKS", "/.well-known/openid-configuration": "discovery"} {
		text, err := in.document(ctx, path)
		if err != nil {
			return nil, err
		}
		if err := b.keep(ctx, name, text); err != nil {
			return nil, err
		}
		lines = append(lines, line{name, .80,
			ours(same(n, fixed(get(in.public, path), "{"))...), bare(fixed(get(b.bareAddress, "/text/"+name), "{"))})
	}

	token, err := in.serviceToken(ctx)
	if err != nil {
		return nil, err
	}
	bareToken, err := b.bareToken(ctx, in)
	if err != nil {
		return nil, err
	}
	lines = append(lines, line{"introspection of a JWT", .50, ours(same(n, in.introspect(token))...),
		bare(fixed(post(b.bareAddress, "/verify", url.Values{"token": {bareToken}}, in.asService()), `"active":true`))})

	tokens, err := in.refreshTokens(ctx, seeded.cookies)
	if err != nil {
		return nil, err
	}
	var refreshers []unit
	for i := range n {
		refreshers = append(refreshers, in.refresh(tokens[i*len(tokens)/n:(i+1)*len(tokens)/n]))
	}
	lines = append(lines,
		line{"refresh", .60, ours(refreshers...), b.bareUpdates(in)},
		line{"code flow with a session", .50,
			ours(same(n, codeFlow(in.public, in.asPortal(), seeded.cookies, nil))...),
			bare(codeFlow(b.bareAddress, in.asPortal(), seeded.cookies, nil))},
		// As many as there are slots, and as many again who wait.
		line{"password sign-in", .95, b.driven(in.server, in.public, b.form.slow, same(2*runtime.NumCPU(), in.signIn(seeded.users))...), b.bareHashes(in)},
	)
	return lines, nil
}

// document fetches a public document.
func (in *installation) document(ctx context.Context, path string) ([]byte, error) {
	var text bytes.Buffer
	_, err := fetch(ctx, "http://"+in.public+path, &text)
	return text.Bytes(), err
}

// keep has the reference serve a text.
func (b *bench) keep(ctx context.Context, name string, text []byte) error {
	body, err := json.Marshal(text)
	if err != nil {
		return err
	}
	c := &connection{address: b.bareAddress}
	defer c.close()
	_, err = c.expect(ctx, http.StatusOK, message("PUT /text/"+name, b.bareAddress, nil, string(body)))
	return err
}

func (b *bench) bareToken(ctx context.Context, in *installation) (string, error) {
	c := &connection{address: b.bareAddress}
	defer c.close()
	a, err := c.expect(ctx, http.StatusOK, post(b.bareAddress, "/sign", clientCredentials, in.asService()))
	return tokensOf(a, err).access(err)
}

// bareUpdates is the rate of single-row transactions of the same database, or
// on a file of the same kind.
func (b *bench) bareUpdates(in *installation) measuring {
	return func(ctx context.Context) (measured, error) {
		length := fmt.Sprint(min(b.form.length, b.shortest()))
		if in.backend == backendServers {
			return measureLoop(ctx, b.self, in.pgURL, "postgres", "-workers", fmt.Sprint(b.form.connections), "-length", length)
		}
		return measureLoop(ctx, b.self, "", "sqlite", "-target", filepath.Join(in.dir, "bare.db"), "-length", length)
	}
}

// bareHashes is the rate of argon2id on all cores.
func (b *bench) bareHashes(in *installation) measuring {
	return func(ctx context.Context) (measured, error) {
		return measureLoop(ctx, b.self, "", "argon2id", "-workers", fmt.Sprint(runtime.NumCPU()), "-length", fmt.Sprint(b.form.slow),
			"-memory", fmt.Sprint(in.hash.memoryMiB), "-iterations", fmt.Sprint(in.hash.iterations), "-lanes", fmt.Sprint(in.hash.lanes))
	}
}

// shortest keeps the loops of a smoke run as short as the rest of it.
func (b *bench) shortest() time.Duration {
	if b.form.limit > 0 {
		return 100 * time.Millisecond
	}
	return b.form.length
}
