package main

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/claviger-id/claviger/storage"
)

// TestAdminIdempotency repeats requests under a key: the same request is answered the same
// and done once, whoever sends it at the same time; another one is refused.
func TestAdminIdempotency(t *testing.T) { onBothStores(t, testAdminIdempotency) }

func testAdminIdempotency(t *testing.T, w *adminWorld) {
	token := w.token("role-operator", everyScope())
	key := func(k string) map[string]string { return map[string]string{"Idempotency-Key": k} }
	count := func() int {
		var list struct{ Items []identified }
		w.must(200, "GET", "/v1/organizations?limit=100", token, "", nil, &list)
		return len(list.Items)
	}
	const body = `{"name":"Riverside","kind":"practice"}`
	first := w.must(201, "POST", "/v1/organizations", token, body, key("first-one"), nil)
	again := w.must(201, "POST", "/v1/organizations", token, body, key("first-one"), nil)
	if first.Body.String() != again.Body.String() || first.Header().Get("ETag") != again.Header().Get("ETag") || first.Header().Get("Location") != again.Header().Get("Location") ||
		first.Header().Get("Idempotency-Replayed") != "" || again.Header().Get("Idempotency-Replayed") != "true" || count() != 1 {
		t.Errorf("again: %s %v, first %s %v; there are %d", again.Body, again.Header(), first.Body, first.Header(), count())
	}
	if got := w.kinds(again); !slices.Equal(got, []string{"operator.replayed"}) {
		t.Errorf("the repetition left %v", got)
	}
	// Without a key, under another one, or from somebody else, it is another request.
	w.must(201, "POST", "/v1/organizations", token, body, nil, nil)
	w.must(201, "POST", "/v1/organizations", token, body, key("second-one"), nil)
	w.must(201, "POST", "/v1/organizations", w.token("claviger-admin", everyScope()), body, key("first-one"), nil)
	w.must(202, "POST", "/v1/imports?reason=new_practice&dry_run=true", token, "a", map[string]string{"Idempotency-Key": "an-import", "Content-Type": "text/csv"}, nil)
	for name, answer := range map[string]int{
		"another body":  w.call("POST", "/v1/organizations", token, []byte(strings.Replace(body, "Riverside", "Hillside", 1)), key("first-one")).Code,
		"a short key":   w.call("POST", "/v1/organizations", token, []byte(body), key("short")).Code,
		"a strange key": w.call("POST", "/v1/organizations", token, []byte(body), key("with a space in it")).Code,
		"another query": w.call("POST", "/v1/imports?reason=new_practice", token, []byte("a"), map[string]string{"Idempotency-Key": "an-import", "Content-Type": "text/csv"}).Code,
	} {
		if answer != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, answer)
		}
	}
	// Of many at once, one is done; the others are told the same, or to come back.
	before := count()
	var wg sync.WaitGroup
	var mu sync.Mutex
	got := map[int]int{}
	ids := map[string]bool{}
	for range 8 {
		wg.Go(func() {
			answer := w.call("POST", "/v1/organizations", token, []byte(body), key("all-at-once"))
			mu.Lock()
			defer mu.Unlock()
			if got[answer.Code]++; answer.Code == http.StatusCreated {
				ids[answer.Body.String()] = true
			}
		})
	}
	wg.Wait()
	delete(got, http.StatusCreated)
	delete(got, http.StatusConflict)
	if len(got) > 0 || len(ids) != 1 || count() != before+1 {
		t.Errorf("at once: %v beside 201 and 409, %v; %d more", got, ids, count()-before)
	}
	// What was refused is not done under the key, and may be mended.
	w.must(400, "POST", "/v1/clients", token, strings.Replace(portalText, "https://portal.example.org/cb", "http://portal.example.org/cb", 1), key("a-client"), nil)
	var made, shown struct {
		Secret string `json:"client_secret"`
	}
	w.must(201, "POST", "/v1/clients", token, portalText, key("a-client"), &made)
	w.must(201, "POST", "/v1/clients", token, portalText, key("a-client"), &shown)
	if made.Secret == "" || made.Secret != shown.Secret {
		t.Error("the answer that was lost has another secret")
	}
	// Where the role was taken away, there is no answer either.
	if err := w.in.store.Tx(t.Context(), func(tx storage.Tx) error {
		_, err := tx.Operators().Dismiss(t.Context(), storage.OperatorClient, "role-operator")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	w.must(403, "POST", "/v1/clients", token, portalText, key("a-client"), nil)
}
