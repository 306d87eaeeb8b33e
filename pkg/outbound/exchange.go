package outbound

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
)

// Request is one that is sent as it is. The address is named by who runs this program,
// and what is answered is shown to them.
type Request struct {
	Method, Address string
	Header          http.Header
	// Body is nil where there is none.
	Body []byte
	// Most is the largest answer that is read, in bytes.
	Most int64
}

// Response is how it was answered, whatever the status. Redirects are not followed.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Exchange sends a request.
func (c *Client) Exchange(ctx context.Context, q Request) (Response, error) {
	var body io.Reader
	if q.Body != nil {
		body = bytes.NewReader(q.Body)
	}
	r, err := c.request(ctx, q.Method, q.Address, body)
	if err != nil {
		return Response{}, err
	}
	maps.Copy(r.Header, q.Header)
	// On a connection that was used before, net/http sends again by itself what it takes to
	// be repeatable, a key in Idempotency-Key included. Whether something is sent twice is
	// the caller's to say, and a proof (RFC 9449 section 11.1) is good for one time only.
	r.Close = true
	res, err := c.post.Do(r)
	if err != nil {
		return Response{}, failed(r.URL, err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(res.Body, q.Most+1))
	if err != nil {
		return Response{}, fmt.Errorf("outbound: %w", err)
	}
	if int64(len(text)) > q.Most {
		return Response{}, fmt.Errorf("outbound: the answer of %s is larger than %d bytes", host(r.URL), q.Most)
	}
	return Response{Status: res.StatusCode, Header: res.Header, Body: text}, nil
}
