package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// patience is how long one answer may take before the run fails.
const patience = 30 * time.Second

// connection is one kept-alive connection. It writes requests that were made
// before and reads answers, and does little else: what the driver costs, it
// takes from the program, because both share the cores.
type connection struct {
	address string
	conn    net.Conn
	r       *bufio.Reader
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (c *connection) do(ctx context.Context, request []byte) (answer, error) {
	if c.conn == nil {
		var d net.Dialer
		conn, err := d.DialContext(ctx, "tcp", c.address)
		if err != nil {
			return answer{}, err
		}
		c.conn, c.r = conn, bufio.NewReader(conn)
	}
	if err := c.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return answer{}, err
	}
	if _, err := c.conn.Write(request); err != nil {
		return answer{}, err
	}
	res, err := http.ReadResponse(c.r, nil)
	if err != nil {
		return answer{}, err
	}
	body, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		return answer{}, err
	}
	if res.Close {
		c.close()
	}
	return answer{status: res.StatusCode, header: res.Header, body: body}, nil
}

func (c *connection) close() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}

// expect does a request whose answer must have this status.
func (c *connection) expect(ctx context.Context, status int, request []byte) (answer, error) {
	a, err := c.do(ctx, request)
	if err != nil {
		return a, err
	}
	if a.status != status {
		line, _, _ := strings.Cut(string(request), "\r\n")
		return a, fmt.Errorf("%s: status %d and not %d: %.200s", line, a.status, status, a.body)
	}
	return a, nil
}

// get and post make requests. Further header lines come as "Name: value".
func get(host, target string, header ...string) []byte {
	return message("GET "+target, host, header, "")
}

func post(host, target string, form url.Values, header ...string) []byte {
	return message("POST "+target, host, append(header, "Content-Type: application/x-www-form-urlencoded"), form.Encode())
}

func message(line, host string, header []string, body string) []byte {
	var b strings.Builder
	b.WriteString(line + " HTTP/1.1\r\nHost: " + host + "\r\n")
	for _, h := range header {
		b.WriteString(h + "\r\n")
	}
	if body != "" {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
	}
	return []byte(b.String() + "\r\n" + body)
}

// unit is one piece of work on a connection that one worker has to itself.
type unit func(ctx context.Context, c *connection) error

// measured is what one round brought.
type measured struct {
	n         int
	took      time.Duration
	latencies []time.Duration // sorted
	cost      cost            // of the process that answered, per unit
}

func (m measured) rate() float64 { return float64(m.n) / m.took.Seconds() }

// drive has each worker do its unit over and over, until the time is over or
// each has done it limit times, where limit is positive.
func drive(ctx context.Context, address string, workers []unit, length time.Duration, limit int) (measured, error) {
	until, stop := context.WithTimeout(ctx, length+patience)
	defer stop()
	var (
		mu    sync.Mutex // guards what follows
		all   []time.Duration
		fault error
		wait  sync.WaitGroup
	)
	began := time.Now()
	for _, do := range workers {
		wait.Go(func() {
			c := &connection{address: address}
			defer c.close()
			var own []time.Duration
			var err error
			for at := time.Now(); err == nil && at.Sub(began) < length && (limit <= 0 || len(own) < limit); {
				err = do(until, c)
				now := time.Now()
				own = append(own, now.Sub(at))
				at = now
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, own...)
			fault = errors.Join(fault, err)
		})
	}
	wait.Wait()
	took := time.Since(began)
	slices.Sort(all)
	return measured{n: len(all), took: took, latencies: all}, fault
}

// quantile of sorted values.
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

// median of values, which it sorts.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[len(values)/2]
}
