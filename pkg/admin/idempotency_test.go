package admin

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/teststores"
)

// TestDoneAndThenFailed: a request whose change is committed and whose answer is an error
// of ours is not done a second time under its key.
func TestDoneAndThenFailed(t *testing.T) {
	store, _ := teststores.Embedded(t, time.Now)
	keys, _, err := secret.NewRoot().NewKeyring()
	if err != nil {
		t.Fatal(err)
	}
	a := &API{Store: store, Keys: keys}
	k := &keyed{id: "one", hash: secret.Hash("request"), entered: true}
	if err := store.Tx(t.Context(), func(tx storage.Tx) error { return k.enter(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
	given := &recorder{ResponseWriter: httptest.NewRecorder()}
	given.WriteHeader(http.StatusInternalServerError)
	if err := a.keep(t.Context(), k, given); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
	if done, err := a.replayed(httptest.NewRecorder(), r, k); done || !errors.Is(err, errUnderWay) {
		t.Errorf("again: %v, %v", done, err)
	}
}
