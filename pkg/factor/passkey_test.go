package factor_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"slices"
	"testing"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/factor"
	"github.com/claviger-id/claviger/pkg/mfa"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

const origin = "https://id.example.org"

// token is an authenticator with one passkey, whose counter the test sets.
type token struct {
	w   *world
	key *ecdsa.PrivateKey
	id  []byte
}

func url64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// data is WebAuthn section 6.1: the user was present and verified.
func (k token) data(flags byte, count uint32) []byte {
	rp := sha256.Sum256([]byte("id.example.org"))
	return binary.BigEndian.AppendUint32(append(rp[:], flags|0x05), count)
}

func (k token) client(kind string, asked factor.Asked) []byte {
	k.w.t.Helper()
	var options struct{ Challenge string }
	must(k.w.t, json.Unmarshal(asked.Options, &options))
	text, err := json.Marshal(map[string]string{"type": kind, "challenge": options.Challenge, "origin": origin})
	must(k.w.t, err)
	return text
}

func (k token) answer(response map[string]string) string {
	k.w.t.Helper()
	text, err := json.Marshal(map[string]any{"id": url64(k.id), "rawId": url64(k.id), "type": "public-key", "response": response})
	must(k.w.t, err)
	return string(text)
}

// register binds a passkey whose counter is at count: WebAuthn section 6.5, in CBOR.
func (w *world) register(count uint32) token {
	w.t.Helper()
	ceremonies, err := mfa.NewPasskeys(origin, "Harbor Health Plan")
	must(w.t, err)
	w.Passkeys, w.other.Passkeys = ceremonies, ceremonies
	k := token{w: w, id: []byte("0123456789abcdef")}
	k.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(w.t, err)
	public, err := k.key.PublicKey.Bytes() // 4, x and y
	must(w.t, err)
	data := append(k.data(0x40, count), make([]byte, 16)...)
	data = append(append(data, 0, byte(len(k.id))), k.id...)
	data = append(append(data, 0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32), public[1:33]...)
	data = append(append(data, 0x22, 0x58, 32), public[33:]...)
	object := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"), byte(len(data)))
	asked, err := w.OfferPasskey(w.ctx, "p", "here", "jsmith")
	must(w.t, err)
	w.registered.token = asked.Token
	w.registered.codes, err = w.BindPasskey(w.ctx, "p", "here", asked.Token, k.answer(map[string]string{
		"clientDataJSON": url64(k.client("webauthn.create", asked)), "attestationObject": url64(append(object, data...)),
	}), "", nil)
	must(w.t, err)
	return k
}

// proves uses the passkey at a replica, with a counter.
func (k token) proves(at *factor.Service, count uint32) error {
	k.w.t.Helper()
	asked, err := at.AskPasskey(k.w.ctx, "p", "here")
	must(k.w.t, err)
	client, data := k.client("webauthn.get", asked), k.data(0, count)
	sum := sha256.Sum256(client)
	signed := sha256.Sum256(append(data[:len(data):len(data)], sum[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, k.key, signed[:])
	must(k.w.t, err)
	_, err = at.VerifyPasskey(k.w.ctx, "p", "here", asked.Token, k.answer(map[string]string{
		"clientDataJSON": url64(client), "authenticatorData": url64(data), "signature": url64(signature), "userHandle": url64([]byte("p")),
	}))
	return err
}

// interrupted does something once, between what a service has read and what it writes.
type interrupted struct {
	storage.Store
	meanwhile func()
}

func (i *interrupted) Tx(ctx context.Context, fn func(storage.Tx) error) error {
	if do := i.meanwhile; do != nil {
		i.meanwhile = nil
		do()
	}
	return i.Store.Tx(ctx, fn)
}

// TestPasskeyJudgedAtTwoReplicas: what one of them has learnt of the counter is not lost
// to the other one (WebAuthn section 7.2 step 22).
func TestPasskeyJudgedAtTwoReplicas(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		k := w.register(5)
		must(t, k.proves(w.Service, 6))
		slow := &interrupted{Store: w.Store}
		w.Store = slow

		slow.meanwhile = func() { must(t, k.proves(w.other, 7)) }
		must(t, k.proves(w.Service, 8)) // judged again

		// The one before comes to its end after the one that follows it: there may be two.
		slow.meanwhile = func() { must(t, k.proves(w.other, 20)) }
		if err := k.proves(w.Service, 9); code(err) != problem.Unauthenticated {
			t.Errorf("a counter that went backwards: %v", err)
		}
		if err := k.proves(w.other, 21); code(err) != problem.Unauthenticated {
			t.Errorf("after that: %v", err)
		}
	})
}

// TestPasskeySetAsideStaysSo: while one replica finds that there may be two of a passkey,
// another one is about to note that it was used.
func TestPasskeySetAsideStaysSo(t *testing.T) {
	for name, copied := range map[string]struct{ mine, other uint32 }{
		"the copy is found first": {mine: 8, other: 3}, "the copy is found last": {mine: 3, other: 8},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, w *world) {
				k := w.register(5)
				slow := &interrupted{Store: w.Store}
				w.Store = slow
				slow.meanwhile = func() {
					if err := k.proves(w.other, copied.other); (err == nil) != (copied.other > 5) {
						t.Errorf("meanwhile: %v", err)
					}
				}
				if err := k.proves(w.Service, copied.mine); code(err) != problem.Unauthenticated {
					t.Errorf("at the end: %v", err)
				}
				all, err := w.Own(w.ctx, "p")
				must(t, err)
				if len(all.Held) != 1 || !all.Held[0].Suspect {
					t.Errorf("not set aside: %+v", all.Held)
				}
			})
		})
	}
}

// TestACopyIsToldOnce: who owns a passkey of which there may be two is told so, and the
// log says that it is out of use, however often the copy is tried.
func TestACopyIsToldOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		k := w.register(5)
		must(t, k.proves(w.Service, 6))
		w.told = nil
		for _, count := range []uint32{3, 4, 9} {
			if err := k.proves(w.Service, count); code(err) != problem.Unauthenticated {
				t.Errorf("counted to %d: %v", count, err)
			}
		}
		if want := []factor.Change{factor.SetAside}; !slices.Equal(w.told, want) {
			t.Errorf("told %v, want %v", w.told, want)
		}
		if n := w.count(audit.FactorSetAside); n != 1 {
			t.Errorf("%d events, want 1", n)
		}
		if n := w.count(audit.FactorFailed); n != 3 {
			t.Errorf("%d refusals in the log, want 3", n)
		}
	})
}

// TestFirstCodesOfAPasskey: they can be had again with the token of what was set up, and
// a set that was taken is not taken again with something else.
func TestFirstCodesOfAPasskey(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		offer, err := w.OfferTOTP("p", "here", "jsmith")
		must(t, err)
		again, err := w.CodesAgain(w.ctx, "p", "here", offer.Token)
		if err != nil || again != nil {
			t.Errorf("before anything was set up: %v, %v", again, err)
		}
		w.register(5)
		token, codes := w.registered.token, w.registered.codes
		if len(codes) != 10 {
			t.Fatalf("%d codes", len(codes))
		}
		if again, err := w.other.CodesAgain(w.ctx, "p", "here", token); err != nil || !slices.Equal(again, codes) {
			t.Errorf("again: %v, %v, want %v", again, err, codes)
		}
		for name, other := range map[string][2]string{"another session": {"there", token}, "another offer": {"here", offer.Token}, "nothing": {"here", ""}} {
			if again, err := w.CodesAgain(w.ctx, "p", other[0], other[1]); err != nil || again != nil {
				t.Errorf("%s: %v, %v", name, again, err)
			}
		}
	})
}
