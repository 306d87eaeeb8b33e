package main

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlite"
)

const (
	// awaitInUse is how long a process waits for the files of another one: a
	// command that ends soon, a server that is about to listen.
	awaitInUse = 5 * time.Second
	// awaitPause is how often it looks.
	awaitPause = 50 * time.Millisecond
)

func (in *installation) socketPath() string {
	return filepath.Join(in.config.Data.Directory, socketFile)
}

// shared is where a server shares its files with this process; empty for the
// server itself.
func (in *installation) shared() string {
	if in.alone {
		return ""
	}
	return in.socketPath()
}

// await opens a file, and tries again for a while where another process has it.
func (in *installation) await(ctx context.Context, open func() error) error {
	for deadline := in.now().Add(awaitInUse); ; {
		err := open()
		if !errors.Is(err, storage.ErrInUse) || in.now().After(deadline) || (in.alone && sqlite.Shared(ctx, in.socketPath())) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(awaitPause):
		}
	}
}

// beside returns what lets commands run beside this server: it shares the embedded
// stores with them. Where there cannot be a socket, the server runs without.
func (in *installation) beside(ctx context.Context) func(context.Context) error {
	if len(in.files) == 0 {
		return func(context.Context) error { return nil }
	}
	l, err := sqlite.Listen(ctx, in.socketPath())
	if err != nil {
		in.log.LogAttrs(ctx, slog.LevelWarn, "no command can run beside this server", slog.Any("error", err))
		return func(context.Context) error { return nil }
	}
	share := &sqlite.Share{Files: in.files, Log: in.log}
	return func(ctx context.Context) error { return share.Run(ctx, l) }
}
