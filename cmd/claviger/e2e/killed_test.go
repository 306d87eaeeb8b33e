package e2e

import (
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"
)

// TestKilled pulls the plug while people sign in: the next start needs no
// repair, who was signed in still is, and the audit log holds together.
func TestKilled(t *testing.T) {
	t.Parallel()
	for _, backend := range backends {
		t.Run(backend, func(t *testing.T) {
			t.Parallel()
			in := newInstallation(t, backend, nil)
			people := in.enroll(6)
			in.register("app", redirectTo, goodbye, "--public")
			address := in.issuer + "/authorize?response_type=code&client_id=app&scope=openid&state=state-0123456789" +
				"&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fcallback" +
				"&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
			server := in.serve()

			signedIn := newPerson(t, redirectTo, nil)
			signedIn.signIn(address, people[0].userID, people[0].temporary, personal)

			// The others are somewhere between the first page and the code.
			var wg sync.WaitGroup
			for _, who := range people[1:] {
				p := newPerson(t, redirectTo, nil)
				wg.Go(func() { p.trySignIn(address, who.userID, who.temporary) })
			}
			time.Sleep(150 * time.Millisecond)
			server.kill()
			wg.Wait()

			server = in.serve()
			if back := signedIn.open(address); back == nil || !back.Query().Has("code") {
				t.Errorf("asked to sign in again after a restart, at %s", signedIn.page)
			}
			for _, who := range people[1:] {
				p := newPerson(t, redirectTo, nil)
				// Whoever had chosen a password before the end has it; the
				// others still have their temporary one.
				if !p.trySignIn(address, who.userID, who.temporary) && !p.trySignIn(address, who.userID, personal) {
					t.Errorf("%s is shut out, at %s:\n%s", who.userID, p.page, p.text)
				}
			}
			server.stop()
			in.claviger("audit", "verify")
		})
	}
}

// trySignIn signs in as far as it gets, and says whether that was to the end.
func (p *person) trySignIn(address, userID, password string) bool {
	res, err := p.client.Get(address)
	for range 3 {
		if err != nil {
			return errors.Is(err, errArrived)
		}
		if p.read(res) != nil || p.form == nil || res.StatusCode != http.StatusOK {
			return false
		}
		fields := map[string]string{"userid": userID, "password": password}
		if p.asks("new-password") {
			fields = map[string]string{"new-password": personal, "confirm": personal}
		}
		res, err = p.client.Do(p.post(fields))
	}
	return false
}
