package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// files checks who can read what is kept in files.
func (d *doctor) files() {
	const check = "files"
	sound := true
	closed := func(path string) {
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		switch {
		case err != nil:
			sound = false
			d.found(check, findingFailed, err.Error(), "run this as the user of the server, or as root")
		case info.Mode().Perm()&0o007 != 0:
			sound = false
			d.found(check, findingFailed, fmt.Sprintf("%s is open to everybody on this machine", path), "run: chmod o-rwx "+path)
		}
	}
	data := d.in.config.Data
	closed(d.in.rootKeyPath())
	for _, path := range []string{data.PostgresFile, data.RedisFile, d.in.config.Mail.PasswordFile, d.in.config.Webhook.SecretsFile} {
		if path != "" {
			closed(path)
		}
	}
	if d.in.embedded() || data.RedisFile == "" {
		closed(data.Directory)
		for _, name := range []string{durableFile, ephemeralFile} {
			closed(filepath.Join(data.Directory, name))
		}
	}
	if d.in.embedded() && data.RootKeyFile == "" {
		d.found(check, findingWarning, "the root key is beside the database", "keep a copy of it elsewhere, and none in the backups of the database; data.root_key_file can name another place")
	}
	if sound {
		d.found(check, findingOK, "keys and databases are closed to others", "")
	}
}
