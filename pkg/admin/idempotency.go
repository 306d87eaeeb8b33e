package admin

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// How keys of requests work: the header and its meaning are those of
// draft-ietf-httpapi-idempotency-key-header.
const (
	idempotencyHeader = "Idempotency-Key"
	replayedHeader    = "Idempotency-Replayed"
	// replayFor is how long the same key means the same request.
	replayFor = 24 * time.Hour
	// maxAnswer is the most bytes of an answer that is kept.
	maxAnswer = 1 << 20

	codeReused = "idempotency_key_reused"
	codeDone   = "idempotency_key_in_use"
)

var idempotencyForm = regexp.MustCompile(`^[A-Za-z0-9._~:-]{8,128}$`)

// idempotent says that an operation takes keys.
const idempotent = "x-claviger-idempotent"

// repeatable makes an operation one that is done once for each key.
func repeatable(op huma.Operation) huma.Operation {
	if op.Extensions == nil {
		op.Extensions = map[string]any{}
	}
	op.Extensions[idempotent] = true
	op.Parameters = append(op.Parameters, &huma.Param{
		Name: idempotencyHeader, In: "header",
		Description: "Who sends the same request again under the same key, within a day, is answered as before, and nothing is done twice. Another request under it is refused.",
		Schema:      &huma.Schema{Type: huma.TypeString, Pattern: idempotencyForm.String()},
	})
	return op
}

// kept is an answer that was given.
type kept struct {
	Status int               `json:"status"`
	Header map[string]string `json:"header"`
	Body   []byte            `json:"body"`
}

// keyed is a request under a key.
type keyed struct {
	id        string
	hash      []byte
	operation string
	by        audit.Actor
	// entered says that a transaction has committed under the key: what was asked for is
	// done, and is never done again.
	entered bool
}

func replayPlace(id string) secret.Place {
	return secret.Place{Table: "replay", Column: "answer", Row: id}
}

// under reads the key of a request; nil when it has none. The body is read, and put back.
func under(op *huma.Operation, r *http.Request, by Caller) (*keyed, error) {
	key := r.Header.Get(idempotencyHeader)
	if key == "" || op.Extensions[idempotent] != true {
		return nil, nil //nolint:nilnil // there is none, and nothing is wrong
	}
	if !idempotencyForm.MatchString(key) || len(r.Header.Values(idempotencyHeader)) > 1 {
		return nil, &precondition{http.StatusUnprocessableEntity, codeInput, "An " + idempotencyHeader + " is one of 8 to 128 letters, digits and . _ ~ : -."}
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return &keyed{
		operation: op.OperationID, by: by.Actor,
		id:   digest(string(by.kind), by.id, op.OperationID, key),
		hash: secret.Hash(digest(r.Method, r.URL.RequestURI(), r.Header.Get("Content-Type"), string(body))),
	}, nil
}

// digest is one name for several texts.
func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		_, _ = fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// replayed answers as before, and reports whether it did.
func (a *API) replayed(w http.ResponseWriter, r *http.Request, k *keyed) (bool, error) {
	var found storage.Replay
	err := a.Store.View(r.Context(), func(tx storage.Tx) (err error) {
		found, err = tx.Replays().Get(r.Context(), k.id, tx.Now())
		return err
	})
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return false, nil
	case err != nil:
		return false, err
	case !secret.Equal(found.Request, k.hash):
		return false, &precondition{http.StatusUnprocessableEntity, codeReused, "This key was used for another request. Take a new one."}
	case found.Answer == nil:
		return false, errUnderWay
	}
	text, err := a.Keys.Open(replayPlace(k.id), found.Answer)
	if err != nil {
		return false, err
	}
	var old kept
	if err := json.Unmarshal(text, &old); err != nil {
		return false, err
	}
	// It may hold a secret.
	if err := a.record(r.Context(), audit.Event{
		Kind: audit.OperatorReplayed, Outcome: audit.OutcomeAllow, Actor: k.by, Detail: map[string]string{"operation": k.operation},
	}); err != nil {
		return false, err
	}
	for name, value := range old.Header {
		w.Header().Set(name, value)
	}
	w.Header().Set(replayedHeader, "true")
	w.WriteHeader(old.Status)
	_, err = w.Write(old.Body)
	return true, err
}

var errUnderWay = &precondition{http.StatusConflict, codeDone, "The request under this key is under way, or was carried out and its answer was lost. Look for what it made."}

// enter notes, in the transaction of the change, that it is done under the key.
func (k *keyed) enter(ctx context.Context, tx storage.Tx) error {
	err := tx.Replays().Insert(ctx, storage.Replay{ID: k.id, Request: k.hash, CreatedAt: tx.Now(), ExpiresAt: tx.Now().Add(replayFor)})
	if errors.Is(err, storage.ErrConflict) {
		return errUnderWay
	}
	return err
}

// keep keeps the answer of a request whose change is done. An error of ours is no answer:
// as the change is committed, the key stays taken, and who repeats the request is told to
// look.
func (a *API) keep(ctx context.Context, k *keyed, given *recorder) error {
	if !k.entered {
		return nil
	}
	if given.status >= http.StatusInternalServerError || given.body.Len() > maxAnswer {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	old := kept{Status: given.status, Header: map[string]string{}, Body: given.body.Bytes()}
	for _, name := range []string{"Content-Type", "Location", "ETag"} {
		if value := given.Header().Get(name); value != "" {
			old.Header[name] = value
		}
	}
	text, err := json.Marshal(old)
	if err != nil {
		return err
	}
	sealed, err := a.Keys.Seal(replayPlace(k.id), text)
	if err != nil {
		return err
	}
	return a.Store.Tx(ctx, func(tx storage.Tx) error { return tx.Replays().Answer(ctx, k.id, sealed) })
}

// recorder keeps an answer until it is known that it will be given again.
type recorder struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *recorder) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

// send gives the answer.
func (w *recorder) send() error {
	if w.status == 0 {
		return nil // an error, which somebody else answers
	}
	w.ResponseWriter.WriteHeader(w.status)
	_, err := w.ResponseWriter.Write(w.body.Bytes())
	return err
}
