package relying

import (
	"context"
	"sync"
	"time"
)

// MemoryStore is the SessionStore of one replica: a restart signs everybody out here, and
// the provider signs them in again without a question while it still knows them.
type MemoryStore struct {
	Now func() time.Time

	mu      sync.Mutex // guards the fields below
	records map[string]SessionRecord
	ends    map[string]SignInEnd // by sign-in
	count   int64
	swept   time.Time
}

var _ SessionStore = (*MemoryStore)(nil)

// sweepPause is how often sessions that ended unnoticed are removed.
const sweepPause = time.Minute

// Create implements SessionStore.
func (m *MemoryStore) Create(_ context.Context, record SessionRecord) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.records == nil {
		m.records = map[string]SessionRecord{}
	}
	if now := m.Now(); now.Sub(m.swept) >= sweepPause {
		m.swept = now
		for key, r := range m.records {
			if !now.Before(r.Ends) {
				delete(m.records, key)
			}
		}
	}
	m.records[record.Key] = record
	return nil
}

// Get implements SessionStore.
func (m *MemoryStore) Get(_ context.Context, key string) (SessionRecord, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.records[key]
	if !ok {
		return SessionRecord{}, ErrNoSession
	}
	return r, nil
}

// Replace implements SessionStore.
func (m *MemoryStore) Replace(_ context.Context, record SessionRecord) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.records[record.Key]
	switch {
	case !ok:
		return ErrNoSession
	case r.Version != record.Version-1:
		return ErrChanged
	}
	m.records[record.Key] = record
	return nil
}

// Delete implements SessionStore.
func (m *MemoryStore) Delete(_ context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.records, key)
	return nil
}

// EndSignIn implements SessionStore.
func (m *MemoryStore) EndSignIn(_ context.Context, end SignInEnd) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if end.SignIn != "" {
		if m.ends == nil {
			m.ends = map[string]SignInEnd{}
		}
		now := m.Now()
		for id, e := range m.ends {
			if now.After(e.Until) {
				delete(m.ends, id)
			}
		}
		m.count++
		end.Number = m.count
		m.ends[end.SignIn] = end
	}
	for key, r := range m.records {
		if end.SignIn != "" && r.SignIn == end.SignIn || end.SignIn == "" && r.Subject == end.Subject {
			delete(m.records, key)
		}
	}
	return nil
}

// Ends implements SessionStore.
func (m *MemoryStore) Ends(_ context.Context, signIn string) (SignInEnd, int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ends[signIn], m.count, nil
}
