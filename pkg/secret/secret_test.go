package secret_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/pkg/secret"
)

func keyring(t *testing.T) *secret.Keyring {
	t.Helper()
	k, _, err := secret.NewRoot().NewKeyring()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSealOpensOnlyInItsPlace(t *testing.T) {
	k := keyring(t)
	place := secret.Place{Table: "person", Column: "profile", Row: "a"}
	sealed, err := k.Seal(place, []byte("Alice Example"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("Alice")) {
		t.Fatal("the sealed value shows its text")
	}
	got, err := k.Open(place, sealed)
	if err != nil || string(got) != "Alice Example" {
		t.Fatalf("Open: %q, %v", got, err)
	}
	for _, other := range []secret.Place{
		{Table: "person", Column: "profile", Row: "b"},
		{Table: "person", Column: "other", Row: "a"},
		{Table: "persons", Column: "rofile", Row: "a"},
		{Table: "person", Column: "profilea", Row: ""},
	} {
		if _, err := k.Open(other, sealed); !errors.Is(err, secret.ErrWrongKey) {
			t.Errorf("Open at %v: %v, want ErrWrongKey", other, err)
		}
	}
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		if _, err := k.Open(place, bad); !errors.Is(err, secret.ErrWrongKey) {
			t.Fatalf("byte %d flipped: %v, want ErrWrongKey", i, err)
		}
	}
	for n := range sealed {
		if _, err := k.Open(place, sealed[:n]); !errors.Is(err, secret.ErrWrongKey) {
			t.Fatalf("cut to %d bytes: %v, want ErrWrongKey", n, err)
		}
	}
	if _, err := keyring(t).Open(place, sealed); !errors.Is(err, secret.ErrWrongKey) {
		t.Errorf("another keyring: %v, want ErrWrongKey", err)
	}
}

func TestRootWrapsTheKeyring(t *testing.T) {
	root := secret.NewRoot()
	k, wrapped, err := root.NewKeyring()
	if err != nil {
		t.Fatal(err)
	}
	again, err := secret.ParseRoot(" " + root.Text() + "\n")
	if err != nil {
		t.Fatal(err)
	}
	reopened, err := again.OpenKeyring(wrapped)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(k.Index("person.npi", "1234567893"), reopened.Index("person.npi", "1234567893")) {
		t.Error("the blind index changed when the keyring was opened again")
	}
	if _, err := secret.NewRoot().OpenKeyring(wrapped); !errors.Is(err, secret.ErrWrongKey) {
		t.Errorf("another root: %v, want ErrWrongKey", err)
	}
}

func TestParseRootRefuses(t *testing.T) {
	good := secret.NewRoot().Text()
	for name, text := range map[string]string{
		"empty":     "",
		"no prefix": strings.TrimPrefix(good, "claviger-root-key-1:"),
		"short":     good[:len(good)-2],
		"long":      good + "AA",
		"not b64":   good[:len(good)-1] + "!",
	} {
		if _, err := secret.ParseRoot(text); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestIndexSeparatesColumns(t *testing.T) {
	k := keyring(t)
	if bytes.Equal(k.Index("person.npi", "1"), k.Index("person.email", "1")) {
		t.Error("two columns share an index")
	}
	if bytes.Equal(k.Derive("a"), k.Derive("b")) {
		t.Error("two purposes share a key")
	}
}

func TestKeysDoNotPrint(t *testing.T) {
	root := secret.NewRoot()
	k, _, err := root.NewKeyring()
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(format, root); got != "[root key]" {
			t.Errorf("root with %s: %q", format, got)
		}
		if got := fmt.Sprintf(format, k); got != "[keyring]" {
			t.Errorf("keyring with %s: %q", format, got)
		}
	}
}

func FuzzOpen(f *testing.F) {
	k, _, err := secret.NewRoot().NewKeyring()
	if err != nil {
		f.Fatal(err)
	}
	place := secret.Place{Table: "t", Column: "c", Row: "r"}
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, sealed []byte) {
		if _, err := k.Open(place, sealed); err == nil {
			t.Fatal("opened something that was never sealed")
		}
	})
}
