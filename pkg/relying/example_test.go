package relying_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/claviger-id/claviger/pkg/relying"
)

// A whole application: a page that only people who are signed in see. It tells the
// provider what they do, and hears when their sign-in ends there.
func Example() {
	env := relying.Environment{HTTP: http.DefaultClient, Now: time.Now}
	provider, err := relying.Discover(context.Background(), env, "https://id.example.org")
	if err != nil {
		log.Print(err)
		return
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // of one replica; several have one from a file
	app := &relying.Application{
		Provider:              provider,
		ID:                    "portal",
		Secret:                "from a file",
		RedirectURI:           "https://portal.example.org/callback",
		PostLogoutRedirectURI: "https://portal.example.org/",
		Scopes:                []string{"profile"},
		Sessions: &relying.Sessions{
			Limits: relying.Limits{Idle: 15 * time.Minute, Absolute: 12 * time.Hour}, Now: time.Now,
			// Store: what several replicas share.
		},
		Cookie: "portal",
		Key:    key,
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /callback", app.Callback)
	mux.HandleFunc("POST /logout", app.Logout)
	mux.HandleFunc("POST /backchannel-logout", app.BackchannelLogout)
	mux.Handle("GET /", app.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Who opens a page does something, and the sign-in at the provider goes on. Where it
		// is over, so is the session here, and the page asks to sign in again.
		if _, err := app.Report(r); errors.Is(err, relying.ErrEnded) {
			http.Redirect(w, r, r.URL.Path, http.StatusSeeOther)
			return
		} else if err != nil {
			log.Print(err) // it cannot be asked now: the limits here go on
		}
		session, _ := relying.SessionFrom(r.Context())
		_, _ = fmt.Fprintf(w, "Hello %s\n", session.UserInfo.Text("name"))
	})))
	log.Print(http.ListenAndServe("127.0.0.1:8090", http.NewCrossOriginProtection().Handler(mux)))
}

// An API that accepts access tokens.
func ExampleTokenVerifier_Protect() {
	env := relying.Environment{HTTP: http.DefaultClient, Now: time.Now}
	provider, err := relying.Discover(context.Background(), env, "https://id.example.org")
	if err != nil {
		log.Print(err)
		return
	}
	tokens := &relying.TokenVerifier{Provider: provider, Audience: "https://api.example.org"}
	roster := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, _ := relying.AccessTokenFrom(r.Context())
		_, _ = fmt.Fprintln(w, token.Subject)
	})
	http.Handle("GET /roster", tokens.Protect(roster, "roster.read"))
}
