package secret

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
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

// ID names the key without telling anything of it: 16 hexadecimal digits.
func (r Root) ID() string { return hex.EncodeToString(derive(r.key, "claviger/1/id")[:8]) }

// MainKeyring is the name of the keyring that all working keys but those of
// verifiers come from.
const MainKeyring = "keyring"

// DrawKeyring draws a master.
func DrawKeyring() *Keyring {
	master := make([]byte, keySize)
	_, _ = rand.Read(master)
	return &Keyring{master: master}
}

// Wrap returns the form in which the durable store keeps a keyring, under its
// name.
func (r Root) Wrap(name string, k *Keyring) ([]byte, error) {
	return sealWith(derive(r.key, "claviger/1/wrap"), wrapPlace(name), k.master)
}

// Unwrap is the opposite; ErrWrongKey when this root did not wrap it, or under
// another name.
func (r Root) Unwrap(name string, wrapped []byte) (*Keyring, error) {
	master, err := openWith(derive(r.key, "claviger/1/wrap"), wrapPlace(name), wrapped)
	if err != nil {
		return nil, err
	}
	return &Keyring{master: master}, nil
}

// NewKeyring draws a main keyring and returns it with its wrapped form.
func (r Root) NewKeyring() (*Keyring, []byte, error) {
	k := DrawKeyring()
	wrapped, err := r.Wrap(MainKeyring, k)
	if err != nil {
		return nil, nil, err
	}
	return k, wrapped, nil
}

// OpenKeyring unwraps the main keyring.
func (r Root) OpenKeyring(wrapped []byte) (*Keyring, error) { return r.Unwrap(MainKeyring, wrapped) }

func wrapPlace(name string) Place { return Place{Table: "settings", Column: "value", Row: name} }

func derive(key []byte, info string) []byte {
	out, err := hkdf.Key(sha256.New, key, nil, info, keySize)
	if err != nil {
		// hkdf.Key fails only for an output longer than 255 hashes.
		panic("secret: " + err.Error())
	}
	return out
}
