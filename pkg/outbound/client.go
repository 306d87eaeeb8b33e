package outbound

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// The bounds of every request.
const (
	// Timeout is the most that a request takes, from the name to the last byte, unless
	// Options say otherwise.
	Timeout = 5 * time.Second
	// maxRedirects are followed when fetching; a POST follows none.
	maxRedirects = 3
	// maxBody is the largest document that is read, in bytes.
	maxBody = 256 << 10
	// maxHeader is the largest header that is read, in bytes.
	maxHeader = 32 << 10
	// agent is what servers are told who is asking.
	agent = "Claviger"
)

// ErrForbidden says that an address is one that must not be connected to.
var ErrForbidden = errors.New("outbound: the address is not a public one, and its network is not allowed")

// Options are what a Client lives by.
type Options struct {
	// Allow are networks that may be reached although they are not public. Where this
	// machine is among them, http in place of https may be spoken to it: that crosses no
	// network.
	Allow []netip.Prefix
	// InsecurePlaintext allows http to everything in Allow.
	InsecurePlaintext bool
	// Roots are trusted certificate authorities; nil means the system's.
	Roots *x509.CertPool
	// Timeout is the most that a request takes; 0 means [Timeout].
	Timeout time.Duration
}

// Client makes the requests. It is safe for concurrent use.
type Client struct {
	allow []netip.Prefix
	plain bool
	get   *http.Client
	post  *http.Client
}

// New returns a client.
func New(o Options) *Client {
	c := &Client{allow: o.Allow, plain: o.InsecurePlaintext}
	most := o.Timeout
	if most == 0 {
		most = Timeout
	}
	dialer := &net.Dialer{Timeout: Timeout, KeepAlive: 30 * time.Second, Control: c.control}
	transport := &http.Transport{
		// No proxy: it would connect in our place, where nothing is checked.
		Proxy: nil, DialContext: dialer.DialContext, ForceAttemptHTTP2: true,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.Roots},
		TLSHandshakeTimeout: Timeout, ResponseHeaderTimeout: most, MaxResponseHeaderBytes: maxHeader,
		IdleConnTimeout: 30 * time.Second, MaxIdleConns: 100, MaxIdleConnsPerHost: 2, MaxConnsPerHost: 16,
	}
	c.get = &http.Client{Transport: transport, Timeout: most, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects {
			return errors.New("outbound: too many redirects")
		}
		return c.checkURL(r.URL)
	}}
	c.post = &http.Client{Transport: transport, Timeout: most, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	return c
}

// control is called with the address that is about to be connected to.
func (c *Client) control(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("outbound: %w", err)
	}
	if !public(to.Addr()) && !c.allowed(to.Addr()) {
		return ErrForbidden
	}
	return nil
}

func (c *Client) allowed(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	for _, p := range c.allow {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// checkURL: https, or http to this machine where it is allowed.
func (c *Client) checkURL(u *url.URL) error {
	switch {
	case u.User != nil:
		return errors.New("outbound: the address holds a user name")
	case u.Scheme == "https" && u.Hostname() != "":
		return nil
	case u.Scheme == "http" && c.plainAllowed(u.Hostname()):
		return nil
	}
	return fmt.Errorf("outbound: the address is not https: %w", ErrForbidden)
}

func (c *Client) plainAllowed(host string) bool {
	a, err := literal(host)
	return err == nil && c.allowed(a) && (c.plain || a.IsLoopback())
}

// ThisMachine says that a host is this machine: localhost, or a loopback address. No other
// name is, whatever it leads to now.
func ThisMachine(host string) bool {
	a, err := literal(host)
	return err == nil && a.IsLoopback()
}

func literal(host string) (netip.Addr, error) {
	if host == "localhost" {
		host = "127.0.0.1"
	}
	a, err := netip.ParseAddr(host)
	return a.Unmap(), err
}

// Document is what was fetched.
type Document struct {
	Body []byte
	// MediaType is without parameters, in lower case.
	MediaType string
	// MaxAge is how long the server lets it be kept; 0 when it does not say.
	MaxAge time.Duration
}

// Get fetches a document.
func (c *Client) Get(ctx context.Context, address, accept string) (Document, error) {
	return c.GetWith(ctx, address, accept, nil)
}

// GetWith fetches a document with more fields in the header of the request.
func (c *Client) GetWith(ctx context.Context, address, accept string, header map[string]string) (Document, error) {
	r, err := c.request(ctx, http.MethodGet, address, nil)
	if err != nil {
		return Document{}, err
	}
	r.Header.Set("Accept", accept)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	res, err := c.get.Do(r)
	if err != nil {
		return Document{}, failed(r.URL, err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return Document{}, fmt.Errorf("outbound: %s answered with status %d", host(r.URL), res.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	if err != nil {
		return Document{}, fmt.Errorf("outbound: %w", err)
	}
	if len(body) > maxBody {
		return Document{}, fmt.Errorf("outbound: the document of %s is larger than %d bytes", host(r.URL), maxBody)
	}
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	return Document{Body: body, MediaType: kind, MaxAge: maxAge(res.Header.Get("Cache-Control"))}, nil
}

// Answer is how a server answered to a POST.
type Answer struct {
	Status int
	// Body is the beginning of the body, at most 1 KiB.
	Body []byte
}

const maxAnswer = 1 << 10

// PostForm posts a form and returns how it was answered, whatever the status.
func (c *Client) PostForm(ctx context.Context, address string, form url.Values) (Answer, error) {
	r, err := c.request(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return Answer{}, err
	}
	return c.answer(r, "application/x-www-form-urlencoded")
}

// Post posts a body with further headers and returns how it was answered, whatever
// the status.
func (c *Client) Post(ctx context.Context, address, mediaType string, body []byte, header http.Header) (Answer, error) {
	r, err := c.request(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	for name, values := range header {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	return c.answer(r, mediaType)
}

func (c *Client) answer(r *http.Request, mediaType string) (Answer, error) {
	r.Header.Set("Content-Type", mediaType)
	res, err := c.post.Do(r)
	if err != nil {
		return Answer{}, failed(r.URL, err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return Answer{}, fmt.Errorf("outbound: %w", err)
	}
	return Answer{Status: res.StatusCode, Body: body}, nil
}

func (c *Client) request(ctx context.Context, method, address string, body io.Reader) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, fmt.Errorf("outbound: %w", err)
	}
	if err := c.checkURL(r.URL); err != nil {
		return nil, err
	}
	r.Header.Set("User-Agent", agent)
	return r, nil
}

// failed tells of the host alone: the errors of net/http hold the whole address,
// whose query may be somebody's secret.
func failed(u *url.URL, err error) error {
	var whole *url.Error
	if errors.As(err, &whole) {
		err = whole.Err
	}
	return fmt.Errorf("outbound: %s: %w", host(u), err)
}

// host is what is told of an address: never its query.
func host(u *url.URL) string { return u.Hostname() }
