package e2e

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"
)

// wire is a connection to a server that a test can cut or block.
type wire struct {
	t       testing.TB
	target  string
	address string

	mu       sync.Mutex
	listener net.Listener
	blocked  chan struct{} // closed while traffic flows
	open     map[net.Conn]bool
}

// interpose puts a wire in front of the server that a URL file names.
func interpose(t testing.TB, file string) *wire {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	flowing := make(chan struct{})
	close(flowing)
	w := &wire{t: t, target: u.Host, address: freeAddress(t), blocked: flowing, open: map[net.Conn]bool{}}
	u.Host = w.address
	if err := os.WriteFile(file, []byte(u.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	w.mend()
	t.Cleanup(w.cut)
	return w
}

// mend lets connections through.
func (w *wire) mend() {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.blocked:
	default:
		close(w.blocked)
	}
	if w.listener != nil {
		return
	}
	l, err := net.Listen("tcp", w.address)
	if err != nil {
		w.t.Fatal(err)
	}
	w.listener = l
	go w.accept(l)
}

// cut refuses connections and breaks those there are.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.listener != nil {
		_ = w.listener.Close()
		w.listener = nil
	}
	for c := range w.open {
		_ = c.Close()
	}
	clear(w.open)
}

// block leaves connections open, with nothing passing: a server that is stopped
// and not gone.
func (w *wire) block() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.blocked = make(chan struct{})
}

func (w *wire) accept(l net.Listener) {
	for {
		from, err := l.Accept()
		if err != nil {
			return
		}
		to, err := net.Dial("tcp", w.target)
		if err != nil {
			_ = from.Close()
			continue
		}
		w.mu.Lock()
		w.open[from], w.open[to] = true, true
		w.mu.Unlock()
		go w.copy(from, to)
		go w.copy(to, from)
	}
}

func (w *wire) copy(to, from net.Conn) {
	defer func() { _, _ = to.Close(), from.Close() }()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		w.mu.Lock()
		flowing := w.blocked
		w.mu.Unlock()
		<-flowing
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// outageLimit is the longest that a request may wait for a store that does not
// answer.
const outageLimit = 15 * time.Second

// TestOutage takes the database and Redis away, broken and blocked: requests get
// 503 in time and no token, health says so, and when the server is back all goes
// on without a restart.
func TestOutage(t *testing.T) {
	t.Parallel()
	in := newInstallation(t, "postgres+redis", nil)
	who := in.enroll(1)[0]
	secret := in.register("app", redirectTo, goodbye)
	wires := map[string]*wire{
		"PostgreSQL": interpose(t, filepath.Join(in.dir, "postgres.url")),
		"Redis":      interpose(t, filepath.Join(in.dir, "redis.url")),
	}
	in.serve()
	p := newPerson(t, redirectTo, http.DefaultTransport)
	verifier := oauth2.GenerateVerifier()
	address := in.issuer + "/authorize?" + url.Values{
		"client_id": {"app"}, "redirect_uri": {redirectTo}, "response_type": {"code"}, "scope": {"openid profile"}, "state": {"s-0123456789"},
		"code_challenge": {challenge(verifier)}, "code_challenge_method": {"S256"},
	}.Encode()
	back := p.signIn(address, who.userID, who.temporary, personal)
	redeem := url.Values{"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "redirect_uri": {redirectTo}, "code_verifier": {verifier}}
	status, out := in.token(secret, redeem)
	if status != http.StatusOK {
		t.Fatalf("%d %+v", status, out)
	}
	refresh := out.Refresh
	for name, w := range wires {
		for kind, spoil := range map[string]func(){"cut": w.cut, "blocked": w.block} {
			spoil()
			began := time.Now()
			status, out := in.token(secret, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}})
			if status != http.StatusServiceUnavailable || out.Error != "temporarily_unavailable" || out.Access != "" || out.Refresh != "" {
				t.Errorf("%s %s: %d %+v", name, kind, status, out)
			}
			if took := time.Since(began); took > outageLimit {
				t.Errorf("%s %s: a request waited %s", name, kind, took)
			}
			if ready := in.ready(); ready == http.StatusOK {
				t.Errorf("%s %s: and the server calls itself ready", name, kind)
			}
			w.mend()
			deadline := time.Now().Add(30 * time.Second)
			for status = 0; status != http.StatusOK && time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
				status, out = in.token(secret, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}})
			}
			if status != http.StatusOK {
				t.Fatalf("%s is back after it was %s, and the server is not: %d %+v", name, kind, status, out)
			}
			refresh = out.Refresh
		}
	}
}

func (in *installation) token(secret string, form url.Values) (int, answered) {
	in.t.Helper()
	req, err := http.NewRequest(http.MethodPost, in.issuer+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		in.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth("app", url.QueryEscape(secret))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		in.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		in.t.Fatal(err)
	}
	var out answered
	if err := json.Unmarshal(text, &out); err != nil {
		in.t.Errorf("%s: %s", res.Status, text)
	}
	return res.StatusCode, out
}

func (in *installation) ready() int {
	in.t.Helper()
	res, err := http.Get("http://" + in.admin + "/readyz")
	if err != nil {
		in.t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}
