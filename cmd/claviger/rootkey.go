package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/claviger-id/claviger/pkg/secret"
)

// maxKeyFile bounds a file that holds one secret, in bytes.
const maxKeyFile = 4096

// writeRootKey writes the key to a new file that only its owner can read. The
// file has its name only once its content is on disk.
func writeRootKey(path string, root secret.Root) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".root-key-*") // created with mode 0600
	if err != nil {
		return fmt.Errorf("root key: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = io.WriteString(f, root.Text()+"\n")
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("root key: %w", err)
	}
	// Link, unlike Rename, refuses to replace a file that exists.
	if err := os.Link(f.Name(), path); err != nil {
		return fmt.Errorf("root key: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

// readSecretFile reads a short file that holds a secret, and refuses one that
// other users of the machine can read.
func readSecretFile(path string) (string, error) {
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if info.Mode().Perm()&0o007 != 0 {
		return "", fmt.Errorf("%s can be read by everybody on this machine; run: chmod o-rwx %s", path, path)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err != nil {
		return "", err
	}
	if len(text) > maxKeyFile {
		return "", fmt.Errorf("%s is larger than %d bytes", path, maxKeyFile)
	}
	return string(text), nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir) //nolint:gosec // the directory of a file the operator named
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
