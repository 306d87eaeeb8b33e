package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// maxSocketPath is how long the path of a socket may be, less than the least of all
// systems (104 bytes).
const maxSocketPath = 100

// Listen opens the socket on which a Share is run, for the user of this process
// only. A socket that a process left behind is replaced: call it once the files
// are open, so that no other process has them.
func Listen(ctx context.Context, path string) (*net.UnixListener, error) {
	if info, err := os.Lstat(path); err == nil {
		if info.Mode().Type() != fs.ModeSocket {
			return nil, fmt.Errorf("sqlite: %s is there and is no socket", path)
		}
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("sqlite: %w", err)
		}
	}
	short, done, err := shorten(path)
	if err != nil {
		return nil, err
	}
	defer done()
	open, err := (&net.ListenConfig{}).Listen(ctx, "unix", short)
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	l, ok := open.(*net.UnixListener)
	if !ok {
		return nil, errors.Join(fmt.Errorf("sqlite: a unix socket is a %T", open), open.Close())
	}
	// The next process replaces it, after whatever end.
	l.SetUnlinkOnClose(false)
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("sqlite: %w", err), l.Close())
	}
	return l, nil
}

// Shared reports whether a process listens at the socket.
func Shared(ctx context.Context, path string) bool {
	c, err := dialSocket(ctx, path)
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}

func dialSocket(ctx context.Context, path string) (net.Conn, error) {
	short, done, err := shorten(path)
	if err != nil {
		return nil, err
	}
	defer done()
	return (&net.Dialer{}).DialContext(ctx, "unix", short)
}

// shorten returns a name for the path of a socket that fits in its address, and
// what to call once it has been used.
func shorten(path string) (string, func(), error) {
	if len(path) <= maxSocketPath {
		return path, func() {}, nil
	}
	dir, err := unix.Open(filepath.Dir(path), unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", nil, fmt.Errorf("sqlite: %w", err)
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", dir, filepath.Base(path)), func() { _ = unix.Close(dir) }, nil
}
