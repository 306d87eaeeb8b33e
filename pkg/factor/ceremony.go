package factor

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/claviger-id/claviger/pkg/mfa"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/secret"
)

// ceremonyLife is how long a browser may take to answer.
const ceremonyLife = 5 * time.Minute

// Asked is a ceremony that a page begins.
type Asked struct {
	// Options is what the script hands to the browser.
	Options json.RawMessage
	// Token comes back with the answer: what has to be remembered, sealed for the
	// occasion. It works once.
	Token string
}

func (s *Service) ask(c mfa.Ceremony, occasion string) (Asked, error) {
	value := binary.BigEndian.AppendUint64(nil, uint64(s.Now().Add(ceremonyLife).Unix())) //nolint:gosec // after 1970
	sealed, err := s.Keys.Seal(place("ceremony", occasion), append(value, c.Memory...))
	if err != nil {
		return Asked{}, fmt.Errorf("factor: %w", err)
	}
	return Asked{Options: c.Options, Token: base64.RawURLEncoding.EncodeToString(sealed)}, nil
}

// maxCeremony bounds a token, and maxAnswer an answer, in bytes.
const (
	maxCeremony = 8 << 10
	maxAnswer   = 32 << 10
)

// recall opens a token and uses it up, so that no answer counts twice.
func (s *Service) recall(ctx context.Context, token, occasion string) ([]byte, error) {
	over := func(cause error) error {
		return problem.Wrap(problem.Conflict, "That took too long. Please try again.", cause)
	}
	if len(token) > maxCeremony {
		return nil, over(nil)
	}
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return nil, over(err)
	}
	value, err := s.Keys.Open(place("ceremony", occasion), sealed)
	if err != nil || len(value) < 8 {
		return nil, over(err)
	}
	until := time.Unix(int64(binary.BigEndian.Uint64(value)), 0) //nolint:gosec // what ask wrote
	now := s.Now()
	if !now.Before(until) {
		return nil, over(nil)
	}
	first, err := s.Marks.Set(ctx, "ceremony:"+hex.EncodeToString(secret.Hash(string(sealed))), now, until)
	if err != nil {
		return nil, fmt.Errorf("factor: marks: %w", err)
	}
	if !first {
		return nil, over(nil)
	}
	return value[8:], nil
}
