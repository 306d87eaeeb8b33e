package secret

import (
	"encoding/binary"
	"log/slog"
	"sync"
)

// Series is keyrings that follow each other, for columns whose key is replaced
// from time to time: the newest seals, and each opens what it has sealed. Number 1
// is the main keyring. It is safe for concurrent use.
type Series struct {
	mu    sync.RWMutex // guards rings
	rings []*Keyring   // number 1 first
}

// NewSeries begins a series.
func NewSeries(first *Keyring) *Series { return &Series{rings: []*Keyring{first}} }

// LogValue hides the keys.
func (s *Series) LogValue() slog.Value { return slog.StringValue("[keyrings]") }

// String hides the keys.
func (s *Series) String() string { return "[keyrings]" }

// GoString hides the keys.
func (s *Series) GoString() string { return "[keyrings]" }

// Newest is the number of the keyring that seals.
func (s *Series) Newest() int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return int64(len(s.rings))
}

// Add adds a keyring, unless another was given that number before.
func (s *Series) Add(number int64, k *Keyring) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if number == int64(len(s.rings))+1 {
		s.rings = append(s.rings, k)
	}
}

// numberedVersion is the first byte of what a later keyring has sealed. Four
// bytes with the number of the keyring follow, and what Keyring.Seal made.
const (
	numberedVersion = 2
	numberedSize    = 5
)

// SealedBy is the number of the keyring that has sealed a value, 1 when it is
// not a value of a Series.
func SealedBy(sealed []byte) int64 {
	if len(sealed) < numberedSize || sealed[0] != numberedVersion {
		return 1
	}
	return int64(binary.BigEndian.Uint32(sealed[1:numberedSize]))
}

// Seal seals with the newest keyring, as Keyring.Seal does. What the first one
// seals is what it would seal alone.
func (s *Series) Seal(p Place, value []byte) ([]byte, error) {
	s.mu.RLock()
	newest := s.rings[len(s.rings)-1]
	number := uint32(len(s.rings)) //nolint:gosec // a handful
	s.mu.RUnlock()
	sealed, err := newest.Seal(p, value)
	if err != nil || number == 1 {
		return sealed, err
	}
	out := binary.BigEndian.AppendUint32([]byte{numberedVersion}, number)
	return append(out, sealed...), nil
}

// Open opens with the keyring that has sealed; ErrWrongKey when it is not there.
// The number needs no authentication: another one leads to a key that does not
// open the value.
func (s *Series) Open(p Place, sealed []byte) ([]byte, error) {
	number := SealedBy(sealed)
	s.mu.RLock()
	var ring *Keyring
	if number >= 1 && number <= int64(len(s.rings)) {
		ring = s.rings[number-1]
	}
	s.mu.RUnlock()
	switch {
	case ring == nil:
		return nil, ErrWrongKey
	case len(sealed) >= numberedSize && sealed[0] == numberedVersion:
		if number == 1 {
			return nil, ErrWrongKey // Seal never writes it: one form for each value
		}
		sealed = sealed[numberedSize:]
	}
	return ring.Open(p, sealed)
}
