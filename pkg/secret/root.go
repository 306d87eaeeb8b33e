package secret

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
)

// ErrWrongKey says that something was sealed with another key, for another
// place, or was changed since.
var ErrWrongKey = errors.New("secret: wrong key, or altered data")

const (
	keySize    = 32
	rootPrefix = "claviger-root-key-1:"
)

// Root is the key-encryption key.
type Root struct{ key []byte }

// NewRoot draws a root key.
func NewRoot() Root {
	k := make([]byte, keySize)
	_, _ = rand.Read(k)
	return Root{key: k}
}

// ParseRoot reads the text form of a root key: "claviger-root-key-1:" and 32
// bytes in base64url. White space around it is ignored.
func ParseRoot(text string) (Root, error) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), rootPrefix)
	if !ok {
		return Root{}, fmt.Errorf("secret: a root key begins with %q", rootPrefix)
	}
	k, err := base64.RawURLEncoding.Strict().DecodeString(rest)
	if err != nil || len(k) != keySize {
		return Root{}, fmt.Errorf("secret: a root key is %d bytes in base64url", keySize)
	}
	return Root{key: k}, nil
}

// Text is the form that ParseRoot reads. It is the secret itself.
func (r Root) Text() string { return rootPrefix + base64.RawURLEncoding.EncodeToString(r.key) }

// LogValue hides the key.
func (r Root) LogValue() slog.Value { return slog.StringValue("[root key]") }

// String hides the key.
func (r Root) String() string { return "[root key]" }

// GoString hides the key.
func (r Root) GoString() string { return "[root key]" }

// FileKey is the 32-byte key of the embedded database file with this name.
func (r Root) FileKey(name string) []byte { return derive(r.key, "claviger/1/file/"+name) }

var wrapPlace = Place{Table: "settings", Column: "value", Row: "keyring"}

// NewKeyring draws a master and returns it with its wrapped form, which the
// durable store keeps.
func (r Root) NewKeyring() (*Keyring, []byte, error) {
	master := make([]byte, keySize)
	_, _ = rand.Read(master)
	wrapped, err := sealWith(derive(r.key, "claviger/1/wrap"), wrapPlace, master)
	if err != nil {
		return nil, nil, err
	}
	return &Keyring{master: master}, wrapped, nil
}

// OpenKeyring unwraps a master; ErrWrongKey when this root did not wrap it.
func (r Root) OpenKeyring(wrapped []byte) (*Keyring, error) {
	master, err := openWith(derive(r.key, "claviger/1/wrap"), wrapPlace, wrapped)
	if err != nil {
		return nil, err
	}
	return &Keyring{master: master}, nil
}

func derive(key []byte, info string) []byte {
	out, err := hkdf.Key(sha256.New, key, nil, info, keySize)
	if err != nil {
		// hkdf.Key fails only for an output longer than 255 hashes.
		panic("secret: " + err.Error())
	}
	return out
}
