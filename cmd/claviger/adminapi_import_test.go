package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/pkg/admin"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/enroll/roster"
)

// TestAdminImport hands in rosters, sees how far they have come, and stops one.
func TestAdminImport(t *testing.T) { onBothStores(t, testAdminImport) }

func testAdminImport(t *testing.T, w *adminWorld) {
	token := w.token("role-operator", everyScope())
	var file bytes.Buffer
	if err := roster.Sample(&file, 1200, 7); err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(file.String(), "\n")
	text := file.String() + lines[1] + strings.Replace(lines[2], "\"1\"", "\"9\"", 1) // the first one twice, and one that is none
	csv := map[string]string{"Content-Type": "text/csv"}
	work := func() {
		t.Helper()
		if done, err := w.in.jobs().One(t.Context()); err != nil || !done {
			t.Fatalf("%v %v", done, err)
		}
	}
	count := func() (n int) {
		t.Helper()
		for next := ""; ; {
			var page struct {
				Items []admin.Summary
				Next  string
			}
			w.must(200, "GET", "/v1/people?limit=100&cursor="+next, token, "", nil, &page)
			n += len(page.Items)
			if next = page.Next; next == "" {
				return n
			}
		}
	}
	before := count()

	var first admin.Job
	answer := w.must(202, "POST", "/v1/imports?reason=new_practice&dry_run=true", token, text, csv, &first)
	at := answer.Header().Get("Location")
	if at != "/v1/jobs/"+first.ID || first.State != "queued" || !strings.Contains(fmt.Sprint(w.kinds(answer)), string(audit.JobSubmitted)) {
		t.Errorf("%s %+v", at, first)
	}
	w.must(409, "POST", "/v1/imports?reason=new_practice", token, text, csv, nil)
	work()
	w.must(200, "GET", at, token, "", nil, &first)
	if first.State != "finished" || first.Fraction != 1 || first.Counts["created"] != 1200 || first.Counts["rejected"] != 2 || count() != before {
		t.Errorf("the rehearsal: %+v, %d people", first, count())
	}
	var rows struct{ Items []enroll.BadRow }
	w.must(200, "GET", at+"/rejected", token, "", nil, &rows)
	if len(rows.Items) != 2 || rows.Items[0].Line != 1202 || !strings.Contains(rows.Items[0].Reason, "line 2 already") {
		t.Errorf("rejected: %+v", rows)
	}

	var second admin.Job
	at = w.must(202, "POST", "/v1/imports?reason=new_practice&deliver=webhook", token, text, csv, &second).Header().Get("Location")
	work()
	w.must(200, "GET", at, token, "", nil, &second)
	if second.State != "finished" || second.Counts["created"] != 1200 || second.Counts["rejected"] != 2 || second.Counts["sent"] != 1200 || count() != before+1200 {
		t.Errorf("the import: %+v, %d people", second, count())
	}
	w.must(200, "GET", at+"/rejected", token, "", nil, &rows)
	if len(rows.Items) != 2 {
		t.Errorf("rejected: %+v", rows)
	}

	var third admin.Job
	var other bytes.Buffer
	if err := roster.Sample(&other, 20, 8); err != nil {
		t.Fatal(err)
	}
	at = w.must(202, "POST", "/v1/imports?reason=new_practice", token, other.String(), csv, &third).Header().Get("Location")
	w.must(202, "POST", at+"/cancel", token, "", nil, nil)
	work()
	w.must(200, "GET", at, token, "", nil, &third)
	if third.State != "cancelled" || count() != before+1200 {
		t.Errorf("the one that was stopped: %+v", third)
	}
	w.must(409, "POST", at+"/cancel", token, "", nil, nil)

	at = w.must(202, "POST", "/v1/imports?reason=new_practice", token, "name,age\nx,7\n", csv, &third).Header().Get("Location")
	work()
	w.must(200, "GET", at, token, "", nil, &third)
	if third.State != "failed" || !strings.Contains(third.Problem, "NPI") {
		t.Errorf("what is no roster: %+v", third)
	}
	w.must(409, "POST", "/v1/imports?reason=new_practice&deliver=mail", token, text, csv, nil) // no mail is configured
	w.must(400, "POST", "/v1/imports?reason=new_practice", token, "", csv, nil)
	var list struct{ Items []admin.Job }
	w.must(200, "GET", "/v1/jobs", token, "", nil, &list)
	if len(list.Items) != 4 {
		t.Errorf("%d jobs", len(list.Items))
	}
}

// Where policy asks for a second person, the job of the first hands the roster in, and
// that of the second imports it.
func TestAdminImportBySecondPerson(t *testing.T) { onBothStores(t, testAdminImportBySecondPerson) }

func testAdminImportBySecondPerson(t *testing.T, w *adminWorld) {
	w.in.config.Enroll.SecondPerson = true
	var file bytes.Buffer
	if err := roster.Sample(&file, 3, 11); err != nil {
		t.Fatal(err)
	}
	run := func(client string) (j admin.Job) {
		t.Helper()
		token := w.token(client, everyScope())
		at := w.must(202, "POST", "/v1/imports?reason=new_practice", token, file.String(), map[string]string{"Content-Type": "text/csv"}, nil).Header().Get("Location")
		if done, err := w.in.jobs().One(t.Context()); err != nil || !done {
			t.Fatalf("%v %v", done, err)
		}
		w.must(200, "GET", at, token, "", nil, &j)
		return j
	}
	if j := run("role-operator"); j.State != "finished" || j.Problem != "" || j.Counts["handed_in"] != 1 || j.Counts["created"] != 0 {
		t.Errorf("handed in: %+v", j)
	}
	if j := run("role-operator"); j.State != "failed" || !strings.Contains(j.Problem, "Somebody else has to import it") {
		t.Errorf("the same again: %+v", j)
	}
	if j := run(bootstrapClient); j.State != "finished" || j.Counts["handed_in"] != 0 || j.Counts["created"] != 3 {
		t.Errorf("by somebody else: %+v", j)
	}
}
