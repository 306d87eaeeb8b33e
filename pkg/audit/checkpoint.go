package audit

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// checkpoint is the text of a C2SP tlog-checkpoint: origin, size, root.
type checkpoint struct {
	origin string
	size   int64
	root   tlog.Hash
}

func (c checkpoint) text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.origin, c.size, base64.StdEncoding.EncodeToString(c.root[:]))
}

// sign returns the signed note.
func (c checkpoint) sign(signer note.Signer) ([]byte, error) {
	msg, err := note.Sign(&note.Note{Text: c.text()}, signer)
	if err != nil {
		return nil, fmt.Errorf("audit: checkpoint: %w", err)
	}
	return msg, nil
}

// maxNote bounds a signed note, in bytes.
const maxNote = 64 << 10

// openCheckpoint checks the signature of a note and reads its text.
func openCheckpoint(msg []byte, verifier note.Verifier) (checkpoint, error) {
	if len(msg) > maxNote {
		return checkpoint{}, errors.New("the checkpoint is too large")
	}
	n, err := note.Open(msg, note.VerifierList(verifier))
	if err != nil {
		return checkpoint{}, errors.New("the checkpoint is not signed by this log's key")
	}
	return parseCheckpoint(n.Text)
}

func parseCheckpoint(text string) (checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] == "" {
		return checkpoint{}, errors.New("the checkpoint is malformed")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return checkpoint{}, errors.New("the checkpoint has no size")
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return checkpoint{}, errors.New("the checkpoint has no root")
	}
	c := checkpoint{origin: lines[0], size: size}
	copy(c.root[:], root)
	return c, nil
}
