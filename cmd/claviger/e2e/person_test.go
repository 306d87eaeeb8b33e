package e2e

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// person signs in by hand: follows redirects, reads forms and posts them, with
// cookies and without scripts, as any browser does.
type person struct {
	t      testing.TB
	client *http.Client
	page   *url.URL // where the person is
	form   *form    // the first form of the page with a field, if there is one
	text   string   // the page's source
}

// form is a form of a page with what its fields hold.
type form struct {
	action string
	values url.Values
	fields map[string]string // id → name
}

// errArrived stops the redirects at an address that belongs to the application.
var errArrived = errors.New("arrived")

// newPerson makes a person whom redirects to prefix lead out of the provider:
// the address is kept and not fetched.
func newPerson(t testing.TB, prefix string, transport http.RoundTripper) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &person{t: t, client: &http.Client{
		Jar: jar, Timeout: patience, Transport: transport,
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			if strings.HasPrefix(req.URL.String(), prefix) {
				return errArrived
			}
			if len(via) > 10 {
				return errors.New("too many redirects")
			}
			return nil
		},
	}}
}

// open goes to an address. It returns the application's address where the
// provider sent the person back to it, else nil.
func (p *person) open(address string) *url.URL {
	p.t.Helper()
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	return p.do(req)
}

// submit posts the page's form after filling fields, named by id. Where the page says that
// many people sign in just now and nothing was done, they do what it says and try again.
func (p *person) submit(fields map[string]string) *url.URL {
	p.t.Helper()
	for tries := 1; ; tries++ {
		back, busy := p.send(p.post(fields))
		if !busy {
			return back
		}
		if tries == 5 {
			p.t.Fatalf("%s is busy for ever:\n%s", p.page, p.text)
		}
		time.Sleep(2 * time.Second)
	}
}

// post is the request that submits the page's form.
func (p *person) post(fields map[string]string) *http.Request {
	p.t.Helper()
	if p.form == nil {
		p.t.Fatalf("there is no form at %s:\n%s", p.page, p.text)
	}
	for id, value := range fields {
		name, ok := p.form.fields[id]
		if !ok {
			p.t.Fatalf("the form at %s has no field #%s:\n%s", p.page, id, p.text)
		}
		p.form.values.Set(name, value)
	}
	action, err := p.page.Parse(p.form.action)
	if err != nil {
		p.t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, action.String(), strings.NewReader(p.form.values.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("Origin", p.page.Scheme+"://"+p.page.Host)
	return req
}

func (p *person) do(req *http.Request) *url.URL {
	p.t.Helper()
	back, busy := p.send(req)
	if busy {
		p.t.Fatalf("%s is busy:\n%s", p.page, p.text)
	}
	return back
}

// send sends a request. busy says that the answer is to come back later.
func (p *person) send(req *http.Request) (back *url.URL, busy bool) {
	p.t.Helper()
	res, err := p.client.Do(req)
	if errors.Is(err, errArrived) {
		_ = res.Body.Close()
		to, err := res.Location()
		if err != nil {
			p.t.Fatal(err)
		}
		return to, false
	}
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.read(res); err != nil {
		p.t.Fatal(err)
	}
	if res.StatusCode == http.StatusServiceUnavailable && res.Header.Get("Retry-After") != "" {
		return nil, true
	}
	if res.StatusCode >= http.StatusInternalServerError {
		p.t.Fatalf("%s answered %s:\n%s", p.page, res.Status, p.text)
	}
	return nil, false
}

// read takes a page in.
func (p *person) read(res *http.Response) error {
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return err
	}
	p.page, p.text = res.Request.URL, string(body)
	p.form, err = readForm(p.text)
	return err
}

// asks says whether the page's form has a field with this id.
func (p *person) asks(id string) bool {
	return p.form != nil && p.form.fields[id] != ""
}

// signIn goes to the address of an authorization request and does what it is
// asked for, until the provider sends the person back. A temporary password is
// replaced by personal.
func (p *person) signIn(address, userID, password, personal string) *url.URL {
	p.t.Helper()
	back := p.open(address)
	for range 4 {
		switch {
		case back != nil:
			return back
		case p.asks("new-password"):
			back = p.submit(map[string]string{"new-password": personal, "confirm": personal})
		case p.asks("password"):
			back = p.submit(map[string]string{"userid": userID, "password": password})
		default:
			p.t.Fatalf("nothing to do at %s:\n%s", p.page, p.text)
		}
	}
	if back == nil {
		p.t.Fatalf("still not signed in at %s:\n%s", p.page, p.text)
	}
	return back
}

// readForm finds the first form that posts.
func readForm(page string) (*form, error) {
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return nil, fmt.Errorf("reading a page: %w", err)
	}
	for n := range root.Descendants() {
		if n.Data != "form" || !strings.EqualFold(attribute(n, "method"), "post") {
			continue
		}
		f := &form{action: attribute(n, "action"), values: url.Values{}, fields: map[string]string{}}
		for field := range n.Descendants() {
			name := attribute(field, "name")
			if field.Data != "input" || name == "" {
				continue
			}
			if id := attribute(field, "id"); id != "" {
				f.fields[id] = name
			}
			switch attribute(field, "type") {
			case "checkbox", "radio", "submit":
			default:
				f.values.Set(name, attribute(field, "value"))
			}
		}
		return f, nil
	}
	return nil, nil
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// challenge is the code_challenge of a verifier (RFC 7636 section 4.2).
func challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
