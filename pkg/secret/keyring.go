package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"log/slog"
	"sync"
)

// Keyring holds the working keys, all derived from one master. It is safe for
// concurrent use.
type Keyring struct {
	master []byte

	mu      sync.RWMutex // guards the maps below, which only save derivations
	derived map[string][]byte
	sealers map[string]cipher.AEAD
}

// LogValue hides the keys.
func (k *Keyring) LogValue() slog.Value { return slog.StringValue("[keyring]") }

// String hides the keys.
func (k *Keyring) String() string { return "[keyring]" }

// GoString hides the keys.
func (k *Keyring) GoString() string { return "[keyring]" }

// Place is where a sealed value stands. It is authenticated with the value, so
// that a value moved to another row or column does not open.
type Place struct{ Table, Column, Row string }

// Derive returns the 32-byte key of a purpose.
func (k *Keyring) Derive(purpose string) []byte {
	k.mu.RLock()
	key, ok := k.derived[purpose]
	k.mu.RUnlock()
	if ok {
		return key
	}
	key = derive(k.master, "claviger/1/"+purpose)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.derived == nil {
		k.derived = map[string][]byte{}
	}
	k.derived[purpose] = key
	return key
}

// MAC is HMAC-SHA-256 under the key of a purpose.
func (k *Keyring) MAC(purpose string, message []byte) []byte {
	h := hmac.New(sha256.New, k.Derive("mac/"+purpose))
	h.Write(message)
	return h.Sum(nil)
}

// Index is the blind index of a value: equal values of one column have equal
// indexes, and without the key nothing can be told from them. The caller
// normalises the value first.
func (k *Keyring) Index(column, value string) []byte {
	return k.MAC("index/"+column, []byte(value))
}

// Seal encrypts a value for a place with AES-256-GCM under a random nonce.
// Each column has a key of its own, which keeps the number of nonces a key
// draws far below the 2^32 of NIST SP 800-38D section 8.3.
func (k *Keyring) Seal(p Place, value []byte) ([]byte, error) {
	aead, err := k.sealer(p)
	if err != nil {
		return nil, err
	}
	return seal(aead, p, value), nil
}

// Open decrypts what Seal made for the same place, or fails with ErrWrongKey.
func (k *Keyring) Open(p Place, sealed []byte) ([]byte, error) {
	aead, err := k.sealer(p)
	if err != nil {
		return nil, err
	}
	return open(aead, p, sealed)
}

func (k *Keyring) sealer(p Place) (cipher.AEAD, error) {
	purpose := "seal/" + p.Table + "." + p.Column
	k.mu.RLock()
	aead, ok := k.sealers[purpose]
	k.mu.RUnlock()
	if ok {
		return aead, nil
	}
	aead, err := newSealer(k.Derive(purpose))
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.sealers == nil {
		k.sealers = map[string]cipher.AEAD{}
	}
	k.sealers[purpose] = aead
	return aead, nil
}

// sealedVersion is the first byte of every sealed value.
const sealedVersion = 1

func newSealer(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("secret: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("secret: %w", err)
	}
	return aead, nil
}

func sealWith(key []byte, p Place, value []byte) ([]byte, error) {
	aead, err := newSealer(key)
	if err != nil {
		return nil, err
	}
	return seal(aead, p, value), nil
}

func openWith(key []byte, p Place, sealed []byte) ([]byte, error) {
	aead, err := newSealer(key)
	if err != nil {
		return nil, err
	}
	return open(aead, p, sealed)
}

func seal(aead cipher.AEAD, p Place, value []byte) []byte {
	out := make([]byte, 1, 1+len(value)+aead.Overhead())
	out[0] = sealedVersion
	return aead.Seal(out, nil, value, p.bytes())
}

func open(aead cipher.AEAD, p Place, sealed []byte) ([]byte, error) {
	if len(sealed) < 1+aead.Overhead() || sealed[0] != sealedVersion {
		return nil, ErrWrongKey
	}
	value, err := aead.Open(nil, nil, sealed[1:], p.bytes())
	if err != nil {
		return nil, ErrWrongKey
	}
	return value, nil
}

// bytes is an unambiguous encoding: each part with its length before it.
func (p Place) bytes() []byte {
	out := []byte{sealedVersion}
	for _, part := range []string{p.Table, p.Column, p.Row} {
		out = binary.BigEndian.AppendUint32(out, uint32(len(part))) //nolint:gosec // names and ids, far below 4 GiB
		out = append(out, part...)
	}
	return out
}
