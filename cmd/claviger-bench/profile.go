package main

import (
	"bytes"
	"context"
	_ "embed" // the listener for profiles
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// listener is what a profiled build has in addition. The product has nothing of
// the kind: the file is laid over its source for this one build.
//
//go:embed profiled.go.txt
var listener []byte

// profile writes CPU and allocation profiles of the token path, and prints
// their heads.
func (b *bench) profile(ctx context.Context, into string) error {
	into, err := filepath.Abs(into)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(into, 0o700); err != nil {
		return err
	}
	if err := b.buildProfiled(ctx); err != nil {
		return err
	}
	for _, backend := range b.backends {
		in, err := b.install(ctx, "profile", backend, b.form.hash)
		if err != nil {
			return err
		}
		err = b.profileOn(ctx, in, into)
		in.remove(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) buildProfiled(ctx context.Context) error {
	source, err := filepath.Abs(b.source)
	if err != nil {
		return err
	}
	file, overlay := filepath.Join(b.work, "profiled.go"), filepath.Join(b.work, "overlay.json")
	text, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(source, "cmd/claviger/profiled.go"): file}})
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, listener, 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(overlay, text, 0o600); err != nil {
		return err
	}
	return b.build(ctx, "-overlay", overlay)
}

func (b *bench) profileOn(ctx context.Context, in *installation, into string) error {
	seeded, err := in.fill(ctx, b.form.seeding)
	if err != nil {
		return err
	}
	address, err := freeAddress(ctx)
	if err != nil {
		return err
	}
	if _, err := in.serve(ctx, "BENCH_PROFILE="+address); err != nil {
		return err
	}
	token, err := in.serviceToken(ctx)
	if err != nil {
		return err
	}
	tokens, err := in.refreshTokens(ctx, seeded.cookies)
	if err != nil {
		return err
	}
	n := b.form.connections
	for _, of := range []struct {
		name    string
		workers []unit
	}{
		{"client_credentials", same(n, in.clientCredentials())},
		{"discovery", same(n, fixed(get(in.public, "/.well-known/openid-configuration"), "{"))},
		{"introspection", same(n, in.introspect(token))},
		{"refresh", in.refreshers(n, tokens)},
		{"code_flow", same(n, codeFlow(in.public, in.asPortal(), seeded.cookies, nil))},
	} {
		if err := b.profileOf(ctx, in, address, filepath.Join(into, in.backend+"-"+of.name), of.workers); err != nil {
			return err
		}
	}
	return nil
}

// profileOf drives the workers while the server profiles itself.
func (b *bench) profileOf(ctx context.Context, in *installation, address, name string, workers []unit) error {
	seconds := max(1, int(2*b.form.length/time.Second))
	for kind, path := range map[string]string{"cpu": "profile", "allocs": "allocs"} {
		driven := make(chan error, 1)
		go func() {
			_, err := drive(ctx, in.public, workers, time.Duration(seconds+1)*time.Second, 0)
			driven <- err
		}()
		var text bytes.Buffer
		if _, err := fetch(ctx, fmt.Sprintf("http://%s/debug/pprof/%s?seconds=%d", address, path, seconds), &text); err != nil {
			return err
		}
		file := name + "." + kind + ".pprof"
		if err := os.WriteFile(file, text.Bytes(), 0o600); err != nil {
			return err
		}
		b.print("\n== %s\n", file)
		cmd := exec.CommandContext(ctx, "go", "tool", "pprof", "-top", "-cum", "-nodecount", "60", file) //nolint:gosec // the file that we wrote
		cmd.Stdout = b.out
		if err := cmd.Run(); err != nil {
			return err
		}
		if err := <-driven; err != nil {
			return err
		}
	}
	return nil
}
