package secret_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/claviger-id/claviger/pkg/secret"
)

func TestSeries(t *testing.T) {
	place := secret.Place{Table: "password", Column: "verifier", Row: "a"}
	first := keyring(t)
	s := secret.NewSeries(first)
	old, err := s.Seal(place, []byte("one"))
	if err != nil {
		t.Fatal(err)
	}
	// A series of one is the keyring: what it sealed before there were others opens.
	if got, err := first.Open(place, old); err != nil || string(got) != "one" {
		t.Fatalf("the first keyring opens %q, %v", got, err)
	}
	second := secret.DrawKeyring()
	s.Add(2, second)
	s.Add(2, secret.DrawKeyring()) // too late
	s.Add(4, secret.DrawKeyring()) // nothing is left out
	if n := s.Newest(); n != 2 {
		t.Fatalf("the newest is %d", n)
	}
	sealed, err := s.Seal(place, []byte("two"))
	if err != nil {
		t.Fatal(err)
	}
	for want, value := range map[string][]byte{"one": old, "two": sealed} {
		if got, err := s.Open(place, value); err != nil || string(got) != want {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}
	if secret.SealedBy(old) != 1 || secret.SealedBy(sealed) != 2 {
		t.Errorf("sealed by %d and %d, want 1 and 2", secret.SealedBy(old), secret.SealedBy(sealed))
	}
	if _, err := first.Open(place, sealed[5:]); !errors.Is(err, secret.ErrWrongKey) {
		t.Errorf("the first keyring opens what the second sealed: %v", err)
	}
	again := secret.NewSeries(first)
	if _, err := again.Open(place, sealed); !errors.Is(err, secret.ErrWrongKey) {
		t.Errorf("a series without it: %v", err)
	}
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		if _, err := s.Open(place, bad); !errors.Is(err, secret.ErrWrongKey) {
			t.Fatalf("byte %d flipped: %v", i, err)
		}
	}
	for n := range sealed {
		if _, err := s.Open(place, sealed[:n]); !errors.Is(err, secret.ErrWrongKey) {
			t.Fatalf("cut to %d bytes: %v", n, err)
		}
	}
	if got := fmt.Sprintf("%v %+v %#v", s, s, s); got != "[keyrings] [keyrings] [keyrings]" {
		t.Errorf("it prints as %q", got)
	}
}

func TestAnotherRoot(t *testing.T) {
	old, next := secret.NewRoot(), secret.NewRoot()
	k, _, err := old.NewKeyring()
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := next.Wrap("verifier_keyring_2", k)
	if err != nil {
		t.Fatal(err)
	}
	again, err := next.Unwrap("verifier_keyring_2", wrapped)
	if err != nil || !bytes.Equal(k.Derive("a"), again.Derive("a")) {
		t.Errorf("another root does not give the same keys: %v", err)
	}
	if _, err := next.Unwrap("keyring", wrapped); !errors.Is(err, secret.ErrWrongKey) {
		t.Errorf("under another name: %v", err)
	}
	if _, err := old.Unwrap("verifier_keyring_2", wrapped); !errors.Is(err, secret.ErrWrongKey) {
		t.Errorf("the former root: %v", err)
	}
	reread, err := secret.ParseRoot(old.Text())
	if err != nil || reread.ID() != old.ID() || old.ID() == next.ID() || len(old.ID()) != 16 {
		t.Errorf("ids %q, %q, %q", old.ID(), reread.ID(), next.ID())
	}
}

func FuzzSeriesOpen(f *testing.F) {
	s := secret.NewSeries(secret.DrawKeyring())
	s.Add(2, secret.DrawKeyring())
	place := secret.Place{Table: "t", Column: "c", Row: "r"}
	f.Add([]byte{1})
	f.Add([]byte{2, 0, 0, 0, 2, 1})
	f.Add([]byte{2, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, sealed []byte) {
		if _, err := s.Open(place, sealed); err == nil {
			t.Fatal("opened something that was never sealed")
		}
	})
}
