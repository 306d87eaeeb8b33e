package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/claviger-id/claviger/storage"
)

// rootChangeFile is beside the embedded files, and says between which root keys
// they were last changed: which of the two they are under cannot be seen from
// outside.
const rootChangeFile = "root.change"

// rootChange names two root keys.
type rootChange struct {
	From string `json:"from"`
	To   string `json:"to"`
}

func (in *installation) rootChangePath() string {
	return filepath.Join(in.config.Data.Directory, rootChangeFile)
}

// writeRootChange puts it on disk, whole, before anything is changed.
func (in *installation) writeRootChange(c rootChange) error {
	dir := in.config.Data.Directory
	f, err := os.CreateTemp(dir, ".root-change-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	text, err := json.Marshal(c)
	if err == nil {
		_, err = f.Write(append(text, '\n'))
	}
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), in.rootChangePath()); err != nil {
		return err
	}
	return syncDir(dir)
}

// readRootChange is empty where the root key was never changed.
func (in *installation) readRootChange() (c rootChange, err error) {
	f, err := os.Open(in.rootChangePath())
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	defer func() { _ = f.Close() }()
	return c, json.NewDecoder(io.LimitReader(f, maxKeyFile)).Decode(&c)
}

// explainRoot says that the embedded database does not open with the root key,
// and which one it opens with, as far as that is known.
func (in *installation) explainRoot(what string) error {
	c, err := in.readRootChange()
	id, path := in.root.ID(), in.rootKeyPath()
	switch {
	case err != nil || c == rootChange{}:
		return explainOpen(what, storage.ErrWrongKey)
	case id == c.From:
		return fmt.Errorf("%s cannot be opened with the root key %s of %s any more: its root key was changed to %s; put that one there (or the file is damaged)", what, id, path, c.To)
	case id == c.To:
		return fmt.Errorf("%s cannot be opened with the root key %s of %s yet: changing to it was interrupted, and %s is still its root key; "+
			"put that one there, and run again: claviger key change-root (or the file is damaged)", what, id, path, c.From)
	}
	return fmt.Errorf("%s cannot be opened with the root key %s of %s: it belongs to %s or %s, or the file is damaged", what, id, path, c.To, c.From)
}
