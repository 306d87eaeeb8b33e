package enroll

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
)

// identify names a roster by its content, whatever it is called and wherever it
// lies, and leaves it at its beginning.
func identify(f io.ReadSeeker) (id string, size int64, err error) {
	h := sha256.New()
	if size, err = io.Copy(h, f); err != nil {
		return "", 0, err
	}
	if _, err = f.Seek(0, io.SeekStart); err != nil {
		return "", 0, err
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), size, nil
}
