package relying

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	maxAnswer  = 1 << 20          // bytes of one answer of the provider
	answerTime = 10 * time.Second // for one request to the provider
)

// Environment is what the package needs of the program that it runs in. Both
// fields are required.
type Environment struct {
	// HTTP is the client for requests to the provider. Its redirect policy is
	// not used: no endpoint of a provider redirects a back-channel request.
	HTTP *http.Client
	// Now is the time; in a program, time.Now.
	Now func() time.Time
}

// errNoAnswer says that nobody knows whether the provider got a request.
var errNoAnswer = errors.New("no answer of the provider")

// do sends a request and reads a bounded JSON answer. An answer that is not
// JSON, and one with an error status, is an error; the OAuth error of the
// answer, if it holds one, is an *OAuthError.
func (e Environment) do(ctx context.Context, req *http.Request, into any) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	client := *e.HTTP
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	req.Header.Set("Accept", "application/json")
	res, err := client.Do(req.WithContext(ctx)) //nolint:gosec // the address is the configured provider's, or named by it over a verified connection
	if err != nil {
		return fmt.Errorf("%w: %w", errNoAnswer, err)
	}
	defer res.Body.Close() //nolint:errcheck // nothing depends on it after the body was read
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return fmt.Errorf("%w: reading that of %s: %w", errNoAnswer, req.URL.Path, err)
	}
	if len(body) > maxAnswer {
		return fmt.Errorf("the answer of %s is larger than %d bytes", req.URL.Path, maxAnswer)
	}
	if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusAccepted {
		return answerError(req, res, body)
	}
	if kind, _, err := mime.ParseMediaType(res.Header.Get("Content-Type")); err != nil || !strings.HasSuffix(kind, "json") {
		return fmt.Errorf("the answer of %s is %q, not JSON", req.URL.Path, res.Header.Get("Content-Type"))
	}
	if err := json.NewDecoder(bytes.NewReader(body)).Decode(into); err != nil {
		return fmt.Errorf("the answer of %s is not readable: %w", req.URL.Path, err)
	}
	return nil
}

func answerError(req *http.Request, res *http.Response, body []byte) error {
	refusal := &OAuthError{Status: res.StatusCode}
	// RFC 6750 section 3: a protected resource names the error in a header.
	if code := challengeError(res.Header.Get("WWW-Authenticate")); code != "" {
		refusal.Code = code
	}
	var fields struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	if json.Unmarshal(body, &fields) == nil && fields.Error != "" {
		refusal.Code, refusal.Description = fields.Error, fields.Description
	}
	if refusal.Code == "" {
		return fmt.Errorf("%s answered %s", req.URL.Path, res.Status)
	}
	return fmt.Errorf("%s: %w", req.URL.Path, refusal)
}

func challengeError(header string) string {
	_, after, found := strings.Cut(header, `error="`)
	if !found {
		return ""
	}
	code, _, _ := strings.Cut(after, `"`)
	return code
}

// OAuthError is a refusal in the provider's words (RFC 6749 sections 4.1.2.1
// and 5.2). The description is meant for developers; what reaches the
// application through the browser can have been written by anybody and does not
// belong on a page.
type OAuthError struct {
	Code        string
	Description string
	Status      int // of the HTTP answer; 0 where it came through the browser
}

// Error implements error.
func (e *OAuthError) Error() string {
	if e.Description == "" {
		return e.Code
	}
	return e.Code + ": " + e.Description
}

// secureURL accepts https, and http on a loopback host for trying things out
// (RFC 8252 section 8.3 has the same exception).
func secureURL(raw string) error {
	u, err := url.Parse(raw)
	if err != nil {
		return fmt.Errorf("not a URL: %w", err)
	}
	host := u.Hostname()
	loopback := host == "localhost"
	if ip := net.ParseIP(host); ip != nil {
		loopback = ip.IsLoopback()
	}
	switch {
	case host == "" || u.User != nil || u.Fragment != "":
		return fmt.Errorf("%q is not the address of an endpoint", raw)
	case u.Scheme == "https", u.Scheme == "http" && loopback:
		return nil
	}
	return errors.New("neither https nor a loopback address: " + u.Redacted())
}
