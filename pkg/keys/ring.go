package keys

import (
	"context"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/pkg/worker"
	"github.com/claviger-id/claviger/storage"
)

// reloadInterval is how soon a replica sees what another one changed.
const reloadInterval = 5 * time.Second

// Ring is the set of token keys of this process. After Open it is safe for
// concurrent use, and takes no lock to sign or to verify.
type Ring struct {
	Store storage.Store
	Keys  *secret.Keyring
	Now   func() time.Time
	Log   *slog.Logger

	state atomic.Pointer[snapshot]
}

// snapshot is the set at one moment. It is replaced, never changed.
type snapshot struct {
	records []storage.SigningKey
	keys    map[string]*loaded // by kid
	jwks    []byte
	etag    string
}

// loaded is a key in memory. Its signers are made once for each header type.
type loaded struct {
	kid     string
	alg     string
	private crypto.Signer
	signers map[string]jose.Signer
}

// headerTypes are the `typ` values that are signed, each with a signer ready.
var headerTypes = [...]string{"JWT", "at+jwt", "logout+jwt", "userinfo+jwt", "token-introspection+jwt"}

// Open loads the keys, and makes those that a new installation lacks.
func (r *Ring) Open(ctx context.Context) error {
	drawn, err := r.draw(ctx)
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	err = r.Store.Tx(ctx, func(tx storage.Tx) error {
		if err := tx.SigningKeys().Lock(ctx, storage.KeyUseToken); err != nil {
			return err
		}
		all, err := tx.SigningKeys().All(ctx, storage.KeyUseToken, tx.Now())
		if err != nil {
			return err
		}
		for _, alg := range algorithms {
			if slices.ContainsFunc(all, func(k storage.SigningKey) bool { return k.Algorithm == alg }) {
				continue
			}
			k, ok := drawn[alg]
			if !ok {
				return fmt.Errorf("the key for %s went away while this started", alg)
			}
			k.CreatedAt, k.ActiveFrom = tx.Now(), tx.Now()
			if err := r.insert(ctx, tx, k, audit.Actor{Type: "system"}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	return r.Reload(ctx)
}

// draw makes the keys that are missing, before the transaction that inserts them: a slow
// machine takes seconds for those of RSA, for which no database waits.
func (r *Ring) draw(ctx context.Context) (map[string]storage.SigningKey, error) {
	var all []storage.SigningKey
	if err := r.Store.View(ctx, func(tx storage.Tx) (err error) {
		all, err = tx.SigningKeys().All(ctx, storage.KeyUseToken, tx.Now())
		return err
	}); err != nil {
		return nil, err
	}
	drawn := map[string]storage.SigningKey{}
	for _, alg := range algorithms {
		if slices.ContainsFunc(all, func(k storage.SigningKey) bool { return k.Algorithm == alg }) {
			continue
		}
		k, err := newRecord(r.Keys, storage.KeyUseToken, alg, time.Time{}, time.Time{})
		if err != nil {
			return nil, err
		}
		drawn[alg] = k
	}
	return drawn, nil
}

func (r *Ring) create(ctx context.Context, tx storage.Tx, alg string, activeFrom time.Time, by audit.Actor) (storage.SigningKey, error) {
	k, err := newRecord(r.Keys, storage.KeyUseToken, alg, tx.Now(), activeFrom)
	if err != nil {
		return k, err
	}
	return k, r.insert(ctx, tx, k, by)
}

func (r *Ring) insert(ctx context.Context, tx storage.Tx, k storage.SigningKey, by audit.Actor) error {
	if err := tx.SigningKeys().Insert(ctx, k); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Event{
		Kind: audit.KeyCreated, Outcome: audit.OutcomeAllow, Actor: by,
		Detail: map[string]string{"kid": k.ID, "alg": k.Algorithm, "use": string(k.Use), "active_from": k.ActiveFrom.Format(time.RFC3339)},
	})
}

// Run keeps the set current and rotates keys, until ctx ends.
func (r *Ring) Run(ctx context.Context) error {
	return worker.Every(ctx, reloadInterval, r.Log, "refresh of the signing keys, of which the known ones stay in use", func(ctx context.Context) error {
		if err := r.Rotate(ctx); err != nil {
			return err
		}
		return r.Reload(ctx)
	})
}

// Rotate publishes the successors that are due.
func (r *Ring) Rotate(ctx context.Context) error {
	now := r.Now()
	due := slices.ContainsFunc(r.state.Load().records, func(k storage.SigningKey) bool { return successorDue(k, now) })
	if !due {
		return nil
	}
	err := r.Store.Tx(ctx, func(tx storage.Tx) error {
		if err := tx.SigningKeys().Lock(ctx, storage.KeyUseToken); err != nil {
			return err
		}
		// Another replica may have done it since: look again, under the lock.
		all, err := tx.SigningKeys().All(ctx, storage.KeyUseToken, now)
		if err != nil {
			return err
		}
		for _, k := range all {
			if !successorDue(k, now) {
				continue
			}
			old, activeFrom := succeed(k, now)
			next, err := r.create(ctx, tx, k.Algorithm, activeFrom, audit.Actor{Type: "system"})
			if err != nil {
				return err
			}
			if err := tx.SigningKeys().Update(ctx, old); err != nil {
				return err
			}
			if err := audit.Record(ctx, tx, audit.Event{
				Kind: audit.KeyRetired, Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "system"},
				Detail: map[string]string{"kid": k.ID, "alg": k.Algorithm, "successor": next.ID, "retires_at": old.RetiresAt.Format(time.RFC3339), "expires_at": old.ExpiresAt.Format(time.RFC3339)},
			}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keys: rotate: %w", err)
	}
	return nil
}

// Reload reads the set from the store.
func (r *Ring) Reload(ctx context.Context) error {
	var records []storage.SigningKey
	if err := r.Store.View(ctx, func(tx storage.Tx) (err error) {
		records, err = tx.SigningKeys().All(ctx, storage.KeyUseToken, r.Now())
		return err
	}); err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	old := r.state.Load()
	if old != nil && slices.EqualFunc(old.records, records, func(a, b storage.SigningKey) bool { return a.ID == b.ID && a.Version == b.Version }) {
		return nil
	}
	next := &snapshot{records: records, keys: map[string]*loaded{}}
	var set jose.JSONWebKeySet
	for _, k := range records {
		l, err := r.load(old, k)
		if err != nil {
			return err
		}
		next.keys[k.ID] = l
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: l.private.Public(), KeyID: k.ID, Algorithm: k.Algorithm, Use: "sig"})
	}
	var err error
	if next.jwks, err = json.Marshal(set); err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	next.etag = `"` + base64.RawURLEncoding.EncodeToString(secret.Hash(string(next.jwks))[:16]) + `"`
	r.state.Store(next)
	return nil
}

func (r *Ring) load(old *snapshot, k storage.SigningKey) (*loaded, error) {
	if old != nil {
		if l, ok := old.keys[k.ID]; ok {
			return l, nil
		}
	}
	private, err := openRecord(r.Keys, k)
	if err != nil {
		return nil, err
	}
	l := &loaded{kid: k.ID, alg: k.Algorithm, private: private, signers: map[string]jose.Signer{}}
	for _, typ := range headerTypes {
		s, err := jose.NewSigner(
			jose.SigningKey{Algorithm: jose.SignatureAlgorithm(k.Algorithm), Key: jose.JSONWebKey{Key: private, KeyID: k.ID}},
			(&jose.SignerOptions{}).WithType(jose.ContentType(typ)))
		if err != nil {
			return nil, fmt.Errorf("keys: %s: %w", k.ID, err)
		}
		l.signers[typ] = s
	}
	return l, nil
}

// Sign signs a payload with the current key of an algorithm, as a compact JWS
// whose header has the kid and the type.
func (r *Ring) Sign(alg, typ string, payload []byte) (string, error) {
	s := r.state.Load()
	i := current(s.records, alg, r.Now())
	if i < 0 {
		return "", fmt.Errorf("keys: no key signs %s", alg)
	}
	signer, ok := s.keys[s.records[i].ID].signers[typ]
	if !ok {
		return "", fmt.Errorf("keys: nothing of type %q is signed", typ)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("keys: %w", err)
	}
	compact, err := jws.CompactSerialize()
	if err != nil {
		return "", fmt.Errorf("keys: %w", err)
	}
	return compact, nil
}

// ErrNotOurs says that a token was not signed by a published key of this
// installation, or is no token at all.
var ErrNotOurs = errors.New("keys: not signed by a published key")

// maxToken bounds a token that is looked at, in bytes.
const maxToken = 16 << 10

// Verify checks that one of the published keys signed the token and returns
// its payload and header type. The key is found by kid and brings its
// algorithm with it: the token's own `alg` must agree (RFC 8725 section 3.1).
func (r *Ring) Verify(token string) (payload []byte, typ string, err error) {
	if len(token) > maxToken {
		return nil, "", ErrNotOurs
	}
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256, jose.RS256, jose.PS256, jose.EdDSA})
	if err != nil || len(jws.Signatures) != 1 {
		return nil, "", ErrNotOurs
	}
	h := jws.Signatures[0].Protected
	key, ok := r.state.Load().keys[h.KeyID]
	if !ok || h.Algorithm != key.alg {
		return nil, "", ErrNotOurs
	}
	payload, err = jws.Verify(key.private.Public())
	if err != nil {
		return nil, "", ErrNotOurs
	}
	typ, _ = h.ExtraHeaders[jose.HeaderType].(string)
	return payload, typ, nil
}

// Algorithms returns what Sign accepts, the default first.
func (r *Ring) Algorithms() []string { return slices.Clone(algorithms[:]) }

// JWKS returns the public set as JSON, and an entity tag of it.
func (r *Ring) JWKS() (body []byte, etag string) {
	s := r.state.Load()
	return s.jwks, s.etag
}
