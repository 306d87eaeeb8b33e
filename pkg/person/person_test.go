package person_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

func directory(t *testing.T) *person.Directory {
	t.Helper()
	k, _, err := secret.NewRoot().NewKeyring()
	if err != nil {
		t.Fatal(err)
	}
	return &person.Directory{Keys: k}
}

func TestSealAndOpen(t *testing.T) {
	d := directory(t)
	want := person.Profile{
		UserID: "jsmith", GivenName: "Jane", MiddleName: "Q", FamilyName: "Smith", Credential: "MD", NPI: "1234567893",
		Email: "jane@example.org", Address: person.Address{City: "Springfield"},
	}
	record := storage.Person{ID: "a"}
	if err := d.Seal(&record, want); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"jsmith", "Jane", "Smith", "1234567893", "example", "Springfield"} {
		for _, column := range [][]byte{record.Profile, record.UserIDIndex, record.NPIIndex, record.EmailIndex} {
			if bytes.Contains(column, []byte(word)) {
				t.Errorf("a column shows %q", word)
			}
		}
	}
	got, err := d.Open(record)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	moved := record
	moved.ID = "b"
	if _, err := d.Open(moved); !errors.Is(err, secret.ErrWrongKey) {
		t.Errorf("a profile opened in another's row: %v", err)
	}
	var none storage.Person
	if err := d.Seal(&none, person.Profile{UserID: "x"}); err != nil || none.NPIIndex != nil || none.EmailIndex != nil {
		t.Errorf("without NPI and e-mail: %+v, %v", none, err)
	}
}

func TestIndexesIgnoreCaseAndSpace(t *testing.T) {
	d := directory(t)
	for _, same := range []string{"JSmith", " jsmith ", "ｊｓｍｉｔｈ"} {
		if !bytes.Equal(d.UserIDIndex(same), d.UserIDIndex("jsmith")) {
			t.Errorf("%q has another index", same)
		}
	}
	if bytes.Equal(d.UserIDIndex("jsmith"), d.UserIDIndex("jsmith2")) || bytes.Equal(d.UserIDIndex("x"), d.EmailIndex("x")) {
		t.Error("different things share an index")
	}
}

func TestValidNPI(t *testing.T) {
	for npi, want := range map[string]bool{
		"1234567893": true, "1245319599": true, "1558598797": true, "2000000002": true,
		"1234567890": false, "": false, "123456789": false, "12345678933": false, "3234567893": false, "0234567893": false,
		"123456789x": false, "１234567893": false, " 123456789": false, "1234567839": false,
	} {
		if got := person.ValidNPI(npi); got != want {
			t.Errorf("%q: %v", npi, got)
		}
	}
}

func TestName(t *testing.T) {
	if got := (person.Profile{GivenName: "Jane", FamilyName: "van  Dyke"}).Name(); got != "Jane van Dyke" {
		t.Errorf("name %q", got)
	}
}
