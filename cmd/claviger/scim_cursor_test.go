package main

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/storage"
)

// leaf reads a list by its cursors to the end (RFC 9865 section 2), and returns the IDs.
func (d *directory) leaf(kind string, count int, more string) (ids []string) {
	d.t.Helper()
	for cursor, first := "", true; ; first = false {
		out := d.scim(200, "GET", fmt.Sprintf("/%s?count=%d&cursor=%s%s", kind, count, cursor, more), "")
		some := out["Resources"].([]any)
		for _, r := range some {
			ids = append(ids, r.(object)["id"].(string))
		}
		if _, counted := out["totalResults"]; counted != first || out["startIndex"] != nil || out["itemsPerPage"] != float64(len(some)) || len(some) > count {
			d.t.Fatalf("%s at %q: %v", kind, cursor, out)
		}
		var ok bool
		if cursor, ok = out["nextCursor"].(string); !ok {
			return ids
		}
		if cursor != url.QueryEscape(cursor) {
			d.t.Errorf("the cursor %q has characters that are reserved", cursor)
		}
		if len(ids) > 1000 {
			d.t.Fatalf("%s does not end", kind)
		}
	}
}

// TestSCIMCursors leafs through users and groups by cursors, while some of them come and
// go.
func TestSCIMCursors(t *testing.T) { onBothStores(t, testSCIMCursors) }

func testSCIMCursors(t *testing.T, w *adminWorld) {
	boss := w.token("role-operator", everyScope())
	var lakes []string
	for _, name := range []string{"Lake", "Hill", "Gone"} {
		var made struct{ ID string }
		w.must(201, http.MethodPost, "/v1/organizations", boss, fmt.Sprintf(`{"name":%q,"kind":"practice","ceiling":["nurse","biller"]}`, name), nil, &made)
		lakes = append(lakes, made.ID)
	}
	all, own := w.directory("hr", ""), w.directory("lake", lakes[0])
	var made []string
	for i := range 5 {
		made = append(made, own.create(fmt.Sprint("own", i), "Some", "Body", `,"emails":[{"value":"same@example.org"}]`)["id"].(string))
	}
	slices.Sort(made)
	every := func(d *directory, kind string) (ids []string) {
		t.Helper()
		out := d.scim(200, "GET", "/"+kind+"?count=100", "")
		for _, r := range out["Resources"].([]any) {
			ids = append(ids, r.(object)["id"].(string))
		}
		if out["nextCursor"] != nil || out["totalResults"] != float64(len(ids)) {
			t.Errorf("by index: %v", out)
		}
		return ids
	}
	for _, d := range []*directory{all, own} {
		for _, kind := range []string{"Users", "Groups"} {
			wanted := every(d, kind)
			for _, count := range []int{1, 2, len(wanted) - 1, len(wanted), 100} {
				if got := d.leaf(kind, count, ""); !slices.Equal(got, wanted) {
					t.Errorf("%s of %s by %d: %v, want %v", kind, d.id, count, got, wanted)
				}
			}
			// By index from either end.
			for i, id := range wanted {
				out := d.scim(200, "GET", fmt.Sprintf("/%s?count=1&startIndex=%d", kind, i+1), "")
				if got := out["Resources"].([]any); len(got) != 1 || got[0].(object)["id"] != id || out["totalResults"] != float64(len(wanted)) {
					t.Errorf("%s of %s at %d: %v", kind, d.id, i+1, out)
				}
			}
			if out := d.scim(200, "GET", fmt.Sprintf("/%s?startIndex=%d", kind, len(wanted)+1), ""); len(out["Resources"].([]any)) != 0 {
				t.Errorf("%s of %s past the end: %v", kind, d.id, out)
			}
		}
	}
	if got := all.leaf("Users", 2, "&filter="+url.QueryEscape(`emails.value eq "same@example.org"`)); !slices.Equal(got, made) {
		t.Errorf("filtered: %v, want %v", got, made)
	}

	// Who goes while somebody leafs does not make them miss another.
	first := own.scim(200, "GET", "/Users?cursor&count=2", "")
	next, _ := first["nextCursor"].(string)
	own.scim(204, "DELETE", "/Users/"+made[0], "")
	if err := w.in.store.Tx(t.Context(), func(tx storage.Tx) error { // as an operator does
		p, err := tx.People().Get(t.Context(), made[2])
		if err != nil {
			return err
		}
		p.State = storage.PersonClosed
		return tx.People().Update(t.Context(), p)
	}); err != nil {
		t.Fatal(err)
	}
	var rest []string
	for next != "" {
		out := own.scim(200, "POST", "/Users/.search", fmt.Sprintf(`{"cursor":%q,"count":1}`, next))
		for _, r := range out["Resources"].([]any) {
			rest = append(rest, r.(object)["id"].(string))
		}
		next, _ = out["nextCursor"].(string)
	}
	if !slices.Equal(rest, made[3:]) {
		t.Errorf("the rest is %v, want %v", rest, made[3:])
	}
	// Nor does an organization that is closed, in the middle of which they are.
	groups := every(all, "Groups")
	next, _ = all.scim(200, "GET", "/Groups?count=1&cursor=", "")["nextCursor"].(string)
	closed, _, _ := strings.Cut(groups[0], ".")
	if err := w.in.store.Tx(t.Context(), func(tx storage.Tx) error {
		o, err := tx.Organizations().Get(t.Context(), closed)
		if err != nil {
			return err
		}
		o.State, o.ClosedAt = storage.OrganizationClosed, tx.Now()
		return tx.Organizations().Update(t.Context(), o)
	}); err != nil {
		t.Fatal(err)
	}
	rest = nil
	for next != "" {
		out := all.scim(200, "GET", "/Groups?count=3&cursor="+next, "")
		for _, r := range out["Resources"].([]any) {
			rest = append(rest, r.(object)["id"].(string))
		}
		next, _ = out["nextCursor"].(string)
	}
	if wanted := slices.DeleteFunc(groups, func(id string) bool { return strings.HasPrefix(id, closed) }); !slices.Equal(rest, wanted) {
		t.Errorf("the rest of the groups is %v, want %v", rest, wanted)
	}

	// RFC 9865 section 2.1.
	users, _ := all.scim(200, "GET", "/Users?count=1&cursor=", "")["nextCursor"].(string)
	for query, kind := range map[string]string{
		"/Users?cursor=x": "invalidCursor", "/Users?cursor=" + users + "x": "invalidCursor", "/Groups?cursor=" + users: "invalidCursor",
		"/Users?cursor=&count=0": "invalidCount", "/Users?cursor=" + users + "&count=-1": "invalidCount",
		"/Users?cursor=" + users + "&startIndex=1": "invalidValue",
	} {
		if e := all.scim(400, "GET", query, ""); e["scimType"] != kind {
			t.Errorf("%s: %v", query, e)
		}
	}
	if m := all.scim(200, "GET", "/ServiceProviderConfig", "")["pagination"].(object); m["cursor"] != true || m["index"] != true || m["defaultPaginationMethod"] != "index" || m["maxPageSize"] != float64(100) {
		t.Errorf("the configuration says %v", m)
	}
}
