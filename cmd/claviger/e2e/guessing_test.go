package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"
	"golang.org/x/oauth2"
)

// elsewhere sends requests to the replicas in turn, from whatever address it is
// told: the replicas trust the proxy that this test is.
type elsewhere struct {
	b       *balancer
	address string
}

func (e *elsewhere) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("X-Forwarded-For", e.address)
	return e.b.RoundTrip(req)
}

// TestAHundredAndOneGuesses: somebody guesses a clinician's password 101 times,
// each time from another address, at two replicas, with as much patience as it
// takes: where it is too early for the next guess, everything that Redis knows of
// attempts is forgotten. The last guess is the right one, and comes to nothing.
// The clinician signs in all the same, in the browser that she has used before.
func TestAHundredAndOneGuesses(t *testing.T) {
	t.Parallel()
	proxied := map[string]string{"public.trusted_proxies": `["127.0.0.1/32", "::1/128"]`}
	in := newInstallation(t, "postgres+redis", proxied)
	who := in.enroll(1)[0]
	secret := in.register("app", redirectTo, goodbye)
	in.serve()
	second := &installation{t: t, dir: in.dir, issuer: in.issuer, public: freeAddress(t), admin: freeAddress(t)}
	second.config = in.replicaConfig(second, proxied)
	second.serve()
	u, err := url.Parse(in.issuer)
	if err != nil {
		t.Fatal(err)
	}
	b := &balancer{issuer: u.Host, replicas: []string{in.public, second.public}, used: make([]atomic.Int64, 2)}
	config := oauth2.Config{
		ClientID: "app", ClientSecret: secret, Endpoint: oauth2.Endpoint{AuthURL: in.issuer + "/authorize"},
		RedirectURL: redirectTo, Scopes: []string{"openid"},
	}
	address := config.AuthCodeURL("state-0123456789", oauth2.S256ChallengeOption(oauth2.GenerateVerifier()), oauth2.SetAuthURLParam("prompt", "login"))

	victim := newPerson(t, redirectTo, &elsewhere{b, "192.0.2.10"})
	victim.signIn(address, who.userID, who.temporary, personal)

	text, err := os.ReadFile(filepath.Join(in.dir, "redis.url"))
	if err != nil {
		t.Fatal(err)
	}
	options, err := redis.ParseURL(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	defer func() { _ = client.Close() }()
	waits := 0
	forget := func() {
		t.Helper()
		keys, err := client.Keys(t.Context(), "claviger:attempt:*").Result()
		if err != nil || len(keys) == 0 {
			t.Fatalf("no attempts to forget: %v", err)
		}
		if err := client.Del(t.Context(), keys...).Err(); err != nil {
			t.Fatal(err)
		}
		waits++
	}

	from := &elsewhere{b: b}
	attacker := newPerson(t, redirectTo, from)
	attacker.open(address)
	guess := func(password string) {
		t.Helper()
		for range 2 {
			if back := attacker.submit(map[string]string{"userid": who.userID, "password": password}); back != nil || attacker.asks("new-password") {
				t.Fatal("the attacker is in")
			}
			if !strings.Contains(attacker.text, "too many attempts") {
				break
			}
			forget()
		}
		if !strings.Contains(attacker.text, "The User ID or the password is not right") {
			t.Fatalf("a guess was answered with:\n%s", attacker.text)
		}
	}
	for i := range 100 {
		from.address = fmt.Sprintf("198.18.%d.1", i)
		guess(fmt.Sprint("guess number ", i, " of many"))
	}
	from.address = "198.18.100.1"
	guess(personal) // the 101st

	reasons := in.reasons("signin.failed")
	if reasons["wrong_password"] != 50 || reasons["password_disabled"] != 51 || waits == 0 {
		t.Errorf("%v, and the counts were lost %d times; want 50 guesses compared and 51 not", reasons, waits)
	}
	if n := in.reasons("credential.disabled")["too_many_failures"]; n != 1 {
		t.Errorf("%d events say that the password is disabled", n)
	}

	// She is let in where she always signs in, to choose another password.
	if back := victim.open(address); back != nil {
		t.Fatal("signed in without a password")
	}
	victim.submit(map[string]string{"userid": who.userID, "password": personal})
	if !victim.asks("new-password") || !strings.Contains(victim.text, "Somebody tried to guess your password") {
		t.Fatalf("the browser that she always uses shows:\n%s", victim.text)
	}
	fresh := personal + " and another"
	if back := victim.submit(map[string]string{"new-password": fresh, "confirm": fresh}); back == nil {
		t.Fatalf("the browser that she always uses shows:\n%s", victim.text)
	}

	// With that one she signs in everywhere.
	if back := newPerson(t, redirectTo, &elsewhere{b, "203.0.113.5"}).signIn(address, who.userID, fresh, ""); back == nil {
		t.Error("not signed in elsewhere")
	}
}

// reasons counts the events of a kind by their reason.
func (in *installation) reasons(kind string) map[string]int {
	in.t.Helper()
	// What a command that may change something does last is to sign the log.
	in.claviger("enroll", "submit", "--given-name", "Nobody", "--family-name", "Atall", "--email", "nobody@example.org")
	file := filepath.Join(in.dir, "log.ndjson")
	_ = os.Remove(file)
	in.claviger("audit", "export", "--out", file)
	text, err := os.ReadFile(file)
	if err != nil {
		in.t.Fatal(err)
	}
	counts := map[string]int{}
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, `"kind":"`+kind+`"`) {
			_, rest, _ := strings.Cut(line, `"reason":"`)
			reason, _, _ := strings.Cut(rest, `"`)
			counts[reason]++
		}
	}
	return counts
}
