package relying

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	// keysPause is the shortest time between two reads of the keys, so that
	// tokens with invented key names cannot make us flood the provider.
	keysPause = 10 * time.Second
	// keysAge is how long keys are used before they are read again, so that a
	// key that the provider withdrew stops working here too.
	keysAge = time.Hour
)

// errNoKeys says that a token could not be judged, for want of keys.
var errNoKeys = errors.New("the provider's keys cannot be read")

// errUnread is the errNoKeys of who has just tried to read them, which nobody can bring
// about more often than keysPause allows.
var errUnread = errors.New("reading the provider's keys")

// algorithms are the signatures that are ever accepted: asymmetric ones only,
// whatever a provider announces (RFC 8725 section 3.1).
var algorithms = []jose.SignatureAlgorithm{
	jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512,
}

// keys are the public keys of a provider, read when they are needed.
type keys struct {
	env     Environment
	address string

	fetching chan struct{} // holds one element while a read is under way

	mu     sync.Mutex // guards the fields below
	set    jose.JSONWebKeySet
	readAt time.Time // of the keys in set
	asked  time.Time // when a read was last begun
}

// verify checks the signature of a compact JWS and returns its payload and the
// typ of its header. allowed narrows the algorithms down; nil means all.
func (k *keys) verify(ctx context.Context, token string, allowed []string) (payload []byte, typ string, err error) {
	accepted := algorithms
	if allowed != nil {
		accepted = nil
		for _, a := range algorithms {
			for _, name := range allowed {
				if string(a) == name {
					accepted = append(accepted, a)
				}
			}
		}
	}
	jws, err := jose.ParseSignedCompact(token, accepted)
	if err != nil {
		return nil, "", fmt.Errorf("not a token signed as agreed: %w", err)
	}
	header := jws.Signatures[0].Protected
	typ, _ = header.ExtraHeaders[jose.HeaderType].(string)
	key, err := k.find(ctx, header.KeyID, header.Algorithm)
	if err != nil {
		return nil, "", err
	}
	payload, err = jws.Verify(key)
	if err != nil {
		return nil, "", fmt.Errorf("the signature is wrong: %w", err)
	}
	return payload, typ, nil
}

// find returns the key with this name. A name that is not known is looked up
// once more at the provider, which may have begun to use a new key.
func (k *keys) find(ctx context.Context, id, algorithm string) (any, error) {
	key, fresh := k.cached(id, algorithm)
	if key != nil && fresh {
		return key, nil
	}
	if err := k.read(ctx); err != nil {
		if key != nil { // an old key while the provider cannot be reached
			return key, nil
		}
		return nil, fmt.Errorf("%w: %w", errNoKeys, err)
	}
	if key, _ := k.cached(id, algorithm); key != nil {
		return key, nil
	}
	return nil, fmt.Errorf("the provider has no key %q for %s", id, algorithm)
}

func (k *keys) cached(id, algorithm string) (key any, fresh bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	fresh = k.env.Now().Sub(k.readAt) < keysAge
	var found []any
	for _, candidate := range k.set.Keys {
		if candidate.Use != "" && candidate.Use != "sig" || !candidate.IsPublic() || !candidate.Valid() {
			continue
		}
		if candidate.Algorithm != "" && candidate.Algorithm != algorithm {
			continue
		}
		if id == "" || candidate.KeyID == id {
			found = append(found, candidate.Key)
		}
	}
	// A token that names no key is accepted only where there is no choice.
	if len(found) != 1 {
		return nil, fresh
	}
	return found[0], fresh
}

// read reads the keys, unless that was done a moment ago. One goroutine reads,
// the others wait for it.
func (k *keys) read(ctx context.Context) error {
	select {
	case k.fetching <- struct{}{}:
		defer func() { <-k.fetching }()
	case <-ctx.Done():
		return ctx.Err()
	}
	k.mu.Lock()
	now := k.env.Now()
	soon := !k.asked.IsZero() && now.Sub(k.asked) < keysPause
	known := len(k.set.Keys) > 0
	if !soon {
		k.asked = now
	}
	k.mu.Unlock()
	if soon {
		if known {
			return nil
		}
		return errors.New("the provider's keys could not be read a moment ago")
	}
	// What others wait for does not end because the first of them went away.
	ctx = context.WithoutCancel(ctx)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, k.address, nil)
	if err != nil {
		return fmt.Errorf("%w: %w", errUnread, err)
	}
	var set jose.JSONWebKeySet
	if err := k.env.do(ctx, req, &set); err != nil {
		return fmt.Errorf("%w: %w", errUnread, err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.set, k.readAt = set, now
	return nil
}
