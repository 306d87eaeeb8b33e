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
	"strings"
	"time"
)

// work is one line of the table of requests.
type work struct {
	name    string
	target  float64
	length  time.Duration
	workers []unit
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
	works, err := b.works(ctx, in)
	if err != nil {
		return err
	}
	against, err := b.against(ctx, in)
	if err != nil {
		return err
	}
	if b.before != "" {
		old, err := b.install(ctx, "before", in.backend, in.hash)
		if err != nil {
			return err
		}
		defer old.remove(ctx)
		old.program = b.before
		before, err := b.works(ctx, old)
		if err != nil {
			return err
		}
		for i, w := range before {
			against[i] = b.driven(old.server, old.public, w.length, w.workers...)
		}
	}
	for i, w := range works {
		if !strings.Contains(w.name, b.only) {
			continue
		}
		c, err := b.compare(ctx, b.driven(in.server, in.public, w.length, w.workers...), against[i])
		if err != nil {
			return fmt.Errorf("%s on %s: %w", w.name, in.backend, err)
		}
		ratios := c.ratios()
		b.print("| %s | %s | %.0f | %.0f | **%.0f %%** | %.0f to %.0f %% | ≥ %.0f %%: %s | %.2f | %.2f | %.2f | %.2f | %.0f | %.0f | %.0f | %.0f |\n",
			w.name, in.backend, over(c.ours, rate), over(c.bare, rate), 100*ratios[len(ratios)/2], 100*ratios[0], 100*ratios[len(ratios)-1],
			100*w.target, verdict(ratios[len(ratios)/2], w.target, true),
			over(c.ours, p50), over(c.ours, p99), over(c.bare, p50), over(c.bare, p99),
			over(c.ours, cpu), over(c.bare, cpu), over(c.ours, allocs), over(c.bare, allocs))
	}
	return nil
}

// documents are what everybody may fetch.
var documents = []struct{ name, path string }{{"JWKS", "/jwks"}, {"discovery", "/.well-known/openid-configuration"}}

// works fills an installation, starts its server, and returns what is measured
// on it, in the order of against.
func (b *bench) works(ctx context.Context, in *installation) ([]work, error) {
	seeded, err := in.fill(ctx, b.form.seeding)
	if err != nil {
		return nil, err
	}
	if _, err := in.serve(ctx); err != nil {
		return nil, err
	}
	token, err := in.serviceToken(ctx)
	if err != nil {
		return nil, err
	}
	tokens, err := in.refreshTokens(ctx, seeded.cookies)
	if err != nil {
		return nil, err
	}
	n, length := b.form.connections, b.form.length
	works := []work{{"client_credentials, ES256 JWT", .65, length, same(n, in.clientCredentials())}}
	for _, d := range documents {
		works = append(works, work{d.name, .80, length, same(n, fixed(get(in.public, d.path), "{"))})
	}
	return append(works,
		work{"introspection of a JWT", .50, length, same(n, in.introspect(token))},
		work{"refresh", .60, length, in.refreshers(n, tokens)},
		work{"code flow with a session", .50, length, same(n, codeFlow(in.public, in.asPortal(), seeded.cookies, nil))},
		// As many as there are slots, and as many again who wait.
		work{"password sign-in", .95, b.form.slow, same(2*runtime.NumCPU(), in.signIn(seeded.users))},
	), nil
}

// against is what the works of an installation are compared with.
func (b *bench) against(ctx context.Context, in *installation) ([]measuring, error) {
	bare := func(u unit) measuring {
		return b.driven(b.bare, b.bareAddress, b.form.length, same(b.form.connections, u)...)
	}
	all := []measuring{bare(fixed(post(b.bareAddress, "/sign", clientCredentials, in.asService()), `"access_token"`))}
	for _, d := range documents {
		text, err := in.document(ctx, d.path)
		if err != nil {
			return nil, err
		}
		if err := b.keep(ctx, d.name, text); err != nil {
			return nil, err
		}
		all = append(all, bare(fixed(get(b.bareAddress, "/text/"+d.name), "{")))
	}
	token, err := b.bareToken(ctx, in)
	if err != nil {
		return nil, err
	}
	return append(all,
		bare(fixed(post(b.bareAddress, "/verify", url.Values{"token": {token}}, in.asService()), `"active":true`)),
		b.bareUpdates(in),
		bare(codeFlow(b.bareAddress, in.asPortal(), []string{"none"}, nil)),
		b.bareHashes(in)), nil
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
