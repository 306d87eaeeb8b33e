package main

import (
	"context"
	"os"
	"path/filepath"
	"time"
)

// sizes prints how soon the server is ready, and how large it is.
func (b *bench) sizes(ctx context.Context) error {
	shipped := *b
	if err := shipped.build(ctx, "-ldflags", "-s -w"); err != nil {
		return err
	}
	info, err := os.Stat(shipped.program)
	if err != nil {
		return err
	}
	b.print("\n| Size | Stores | measured | target |\n|---|---|---:|---|\n")
	size := float64(info.Size()) / 1e6
	b.print("| binary, as `make build` makes it | | %.1f MB | < 40 MB: %s |\n", size, verdict(size, 40, false))
	for _, backend := range b.backends {
		in, err := b.install(ctx, "size", backend, b.form.hash)
		if err != nil {
			return err
		}
		err = b.sizeOn(ctx, in)
		in.remove(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) sizeOn(ctx context.Context, in *installation) error {
	if _, err := in.fill(ctx, b.form.seeding); err != nil {
		return err
	}
	var ready []float64
	for range b.form.starts {
		took, err := in.serve(ctx)
		if err != nil {
			return err
		}
		ready = append(ready, milliseconds(took))
		in.server.stop()
	}
	middle := median(ready)
	b.print("| start to ready, %d people | %s | %.0f ms | < 300 ms: %s |\n", b.form.seeding.people, in.backend, middle, verdict(middle, 300, false))
	if _, err := in.serve(ctx); err != nil {
		return err
	}
	time.Sleep(min(b.form.slow, 5*time.Second))
	idle, _ := in.server.resident()
	b.print("| idle RSS | %s | %.0f MB | < 40 MB: %s |\n", in.backend, idle*1.048576, verdict(idle*1.048576, 40, false))
	if in.backend == backendEmbedded {
		info, err := os.Stat(filepath.Join(in.dir, "data", "claviger.db"))
		if err != nil {
			return err
		}
		b.print("| database, %d people | %s | %.1f MB | |\n", b.form.seeding.people, in.backend, float64(info.Size())/1e6)
	}
	return nil
}
