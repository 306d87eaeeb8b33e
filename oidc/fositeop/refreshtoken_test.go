package fositeop

import (
	"strings"
	"testing"

	"github.com/claviger-id/claviger/pkg/secret"
)

func keyring(t testing.TB) *secret.Keyring {
	t.Helper()
	k, _, err := secret.NewRoot().NewKeyring()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestRefreshTokenRoundTrip(t *testing.T) {
	k := keyring(t)
	for _, generation := range []int64{1, 35, 36, 1 << 62} {
		want := refreshToken{grantID: secret.NewID(), sessionID: secret.NewID(), generation: generation}
		text := want.encode(k, "portal")
		if got, ok := decodeRefreshToken(k, "portal", text); !ok || got != want {
			t.Errorf("%s: %+v, %t", text, got, ok)
		}
		if text != want.encode(k, "portal") {
			t.Error("the same token is spelt in two ways")
		}
		// RFC 6749 appendix A.17: the characters that a refresh token may have.
		if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("characters of %q", text)
		}
		if _, ok := decodeRefreshToken(k, "post", text); ok {
			t.Error("it works for another client")
		}
		if _, ok := decodeRefreshToken(keyring(t), "portal", text); ok {
			t.Error("it works under another key")
		}
		for i := range text {
			bad := []byte(text)
			bad[i] ^= 1
			if _, ok := decodeRefreshToken(k, "portal", string(bad)); ok {
				t.Errorf("byte %d does not matter", i)
			}
		}
	}
}

// The parts of a token and the client cannot be shifted against each other.
func TestRefreshTokenPartsDoNotRunTogether(t *testing.T) {
	k := keyring(t)
	one := refreshToken{grantID: "a", sessionID: "b", generation: 1}
	parts := strings.Split(one.encode(k, "2.c"), ".")
	if _, ok := decodeRefreshToken(k, "c", strings.Join([]string{"a", "b", "1.2", parts[3]}, ".")); ok {
		t.Error("part of the client id was taken for the generation")
	}
}

func FuzzDecodeRefreshToken(f *testing.F) {
	k := keyring(f)
	f.Add(refreshToken{grantID: "a", sessionID: "b", generation: 1}.encode(keyring(f), "portal"))
	f.Add("...")
	f.Add("a.b.-1.c")
	f.Fuzz(func(t *testing.T, text string) {
		if got, ok := decodeRefreshToken(k, "portal", text); ok {
			t.Fatalf("%q was never issued: %+v", text, got)
		}
	})
}
