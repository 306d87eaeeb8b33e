package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/oidc/proof"
	"github.com/claviger-id/claviger/pkg/outbound"
	"github.com/claviger-id/claviger/pkg/secret"
)

const (
	// mostSent is the largest body that is sent, in bytes: the largest roster is 16 MiB.
	mostSent = 16 << 20
	// mostPages is how many pages of a list are read, of up to 100 items each.
	mostPages = 10_000
	// adminKeyVariable names the key where no flag does.
	adminKeyVariable = "CLAVIGER_ADMIN_KEY"
)

// adminCall is one call of the admin API, as it was asked for.
type adminCall struct {
	key, clientID, issuer, url, scope string
	bodyFrom, contentType             string
	query                             []string
	ifMatch, idempotencyKey           string
	include, all                      bool
	pointer, printHeader              string

	method, path string
	values       url.Values
	body         []byte
}

func (p *program) adminCallCommand() *cobra.Command {
	var a adminCall
	cmd := &cobra.Command{
		Use:   "call METHOD PATH --key FILE [--body JSON|@FILE|-]",
		Short: "Send a request to the admin API",
		Long: `Sends a request to the admin API as the application whose key is in FILE, such as the
one that "claviger admin bootstrap" wrote. The access token comes from the token endpoint
of the installation, for this call alone: it has the scope that the operation wants, is
bound to a key that is drawn for it, and is stored and shown nowhere.

The answer is printed as it is. What is refused is told on stderr, and the exit code
is 1. What can be called, and with what, stands at /reference of the admin API.

The path may have a query; --query encodes what it adds. Where an operation makes
something and takes an Idempotency-Key, one is drawn unless there is --idempotency-key;
where the answer is lost, it is told, so that the same can be sent again and is done once.`,
		Example: `  claviger admin call GET /v1/people --query user_id=rmiller --key admin-key.json
  claviger admin call GET /v1/people --all --pointer /user_id --key admin-key.json
  claviger admin call GET /v1/people/$ID --print-header ETag --key admin-key.json
  claviger admin call POST /v1/people/$ID/suspend --if-match 3 --body '{"reason":"left_practice"}' --key admin-key.json
  claviger admin call POST /v1/imports --query reason=new_practice --content-type text/csv --body @roster.csv --key admin-key.json`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if a.key == "" {
				a.key = os.Getenv(adminKeyVariable)
			}
			if a.key == "" {
				return usageError{errors.New("--key is missing, and there is no " + adminKeyVariable)}
			}
			a.method, a.path = strings.ToUpper(args[0]), args[1]
			if err := a.read(p.stdin, cmd.Flags().Changed("body")); err != nil {
				return err
			}
			return p.adminCall(cmd.Context(), &a)
		},
	}
	f := cmd.Flags()
	f.StringVar(&a.key, "key", "", "`file` with the private key of the application; "+adminKeyVariable+" when it is left out")
	f.StringVar(&a.clientID, "client", bootstrapClient, "`ID` of the application")
	f.StringVar(&a.issuer, "issuer", "", "`URL` of the issuer; public.issuer of the configuration when it is left out")
	f.StringVar(&a.url, "url", "", "`URL` of the admin API; that of the configuration when it is left out")
	f.StringVar(&a.scope, "scope", "", "`scopes` of the token, between spaces; what the operation wants when it is left out")
	f.StringVar(&a.bodyFrom, "body", "", "`JSON`, @FILE, or - for what comes on stdin")
	f.StringVar(&a.contentType, "content-type", "application/json", "media `type` of the body")
	f.StringArrayVar(&a.query, "query", nil, "parameter, `name=value`; may be repeated")
	f.StringVar(&a.ifMatch, "if-match", "", "`ETag` of what is changed, as it was read")
	f.StringVar(&a.idempotencyKey, "idempotency-key", "", "`key` under which the same is done once")
	f.BoolVar(&a.include, "include", false, "print status and headers before the body")
	f.BoolVar(&a.all, "all", false, "read a list to its end, and print its items, one a line")
	f.StringVar(&a.pointer, "pointer", "", "print only what a JSON `pointer` such as /items/0/id names (RFC 6901)")
	f.StringVar(&a.printHeader, "print-header", "", "print only the header of this `name`, such as ETag")
	cmd.MarkFlagsMutuallyExclusive("all", "include", "print-header")
	cmd.MarkFlagsMutuallyExclusive("pointer", "include", "print-header")
	selects(cmd, "key", "client", "issuer", "url", "scope", "content-type", "query", "if-match", "idempotency-key", "pointer", "print-header")
	return cmd
}

// read holds what was asked for against what can be sent, and reads the body.
func (a *adminCall) read(stdin io.Reader, hasData bool) error {
	wrong := func(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }
	if !slices.Contains([]string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}, a.method) {
		return wrong("%q: the method is GET, POST, PUT, PATCH or DELETE", a.method)
	}
	u, err := url.Parse(a.path)
	if err != nil || !strings.HasPrefix(a.path, "/") || u.Host != "" || u.Fragment != "" {
		return wrong("%q: the path begins with /, such as /v1/people; where the API is, --url says", a.path)
	}
	if a.values, err = url.ParseQuery(u.RawQuery); err != nil {
		return wrong("%q: the query cannot be read", a.path)
	}
	a.path = u.EscapedPath()
	for _, one := range a.query {
		name, value, ok := strings.Cut(one, "=")
		if !ok || name == "" {
			return wrong("--query %q: name=value is expected", one)
		}
		a.values.Add(name, value)
	}
	if a.pointer != "" && !strings.HasPrefix(a.pointer, "/") {
		return wrong("--pointer %q begins with /, such as /items/0/id", a.pointer)
	}
	if a.all && a.method != http.MethodGet {
		return wrong("--all reads a list: its method is GET")
	}
	if a.ifMatch != "" && a.ifMatch != "*" && !strings.HasSuffix(a.ifMatch, `"`) {
		a.ifMatch = `"` + a.ifMatch + `"` // a shell has taken the quotes away (RFC 9110 section 8.8.3)
	}
	for _, value := range []string{a.ifMatch, a.idempotencyKey, a.contentType} {
		if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return wrong("%q cannot stand in a header", value)
		}
	}
	if !hasData {
		return nil
	}
	if a.method == http.MethodGet {
		return wrong("a GET has no body; --query is for parameters")
	}
	if a.body, err = given(a.bodyFrom, stdin); err != nil {
		return err
	}
	if kind, _, _ := strings.Cut(a.contentType, ";"); strings.HasSuffix(kind, "json") && !json.Valid(a.body) {
		return wrong("the body is not JSON; --content-type says what else it is")
	}
	return nil
}

// given is the body that --body names.
func given(data string, stdin io.Reader) ([]byte, error) {
	from := stdin
	switch name, isFile := strings.CutPrefix(data, "@"); {
	case isFile:
		f, err := os.Open(name) //nolint:gosec // the operator names the file
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }()
		from = f
	case data != "-":
		from = strings.NewReader(data)
	}
	body, err := io.ReadAll(io.LimitReader(from, mostSent+1))
	if err != nil {
		return nil, err
	}
	if len(body) > mostSent {
		return nil, usageError{fmt.Errorf("the body is larger than %d bytes", mostSent)}
	}
	return body, nil
}

// adminCaller is who calls, as flags and configuration say.
func (p *program) adminCaller(a *adminCall) (*caller, error) {
	if a.issuer == "" || a.url == "" {
		c, err := p.load()
		if err != nil {
			return nil, err
		}
		if a.issuer == "" {
			a.issuer = c.Public.Issuer
		}
		if a.url == "" {
			a.url = c.AdminURL()
		}
	}
	text, err := readSecretFile(a.key)
	if err != nil {
		return nil, err
	}
	key, err := proof.ParseKey([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.key, err)
	}
	return newCaller(p.now, a.issuer, a.url, a.clientID, key)
}

// adminCall sends a request and prints the answer.
func (p *program) adminCall(ctx context.Context, a *adminCall) error {
	c, err := p.adminCaller(a)
	if err != nil {
		return err
	}
	op, known, err := c.operation(ctx, a.method, a.path)
	if err != nil {
		return err
	}
	if c.scope = a.scope; c.scope == "" && known {
		c.scope = strings.Join(op.scopes(), " ")
	}
	if a.idempotencyKey == "" && op.repeatable() {
		a.idempotencyKey = secret.NewID()
	}
	if a.all {
		if known && !op.paged() {
			return notPaged(a.path)
		}
		return p.adminList(ctx, c, a)
	}
	answer, err := a.send(ctx, c)
	if err != nil {
		return err
	}
	return p.printAnswer(a, answer)
}

// send sends the request once.
func (a *adminCall) send(ctx context.Context, c *caller) (outbound.Response, error) {
	header := http.Header{"Accept": {"*/*"}}
	if a.body != nil {
		header.Set("Content-Type", a.contentType)
	}
	if a.ifMatch != "" {
		header.Set("If-Match", a.ifMatch)
	}
	if a.idempotencyKey != "" {
		header.Set("Idempotency-Key", a.idempotencyKey)
	}
	target := a.path
	if len(a.values) > 0 {
		target += "?" + a.values.Encode()
	}
	if err := c.authorize(ctx); err != nil { // nothing has been asked for yet
		return outbound.Response{}, err
	}
	answer, err := c.call(ctx, a.method, target, header, a.body)
	var lost unanswered
	if errors.As(err, &lost) && a.idempotencyKey != "" {
		err = fmt.Errorf("%w\nIt may have been done. The same again with --idempotency-key %s is done once.", err, a.idempotencyKey) //nolint:staticcheck // two sentences for an operator
	}
	return answer, err
}

// printAnswer prints an answer, or says what was refused.
func (p *program) printAnswer(a *adminCall, answer outbound.Response) error {
	if a.include {
		if _, err := fmt.Fprintf(p.stdout, "HTTP %d %s\n", answer.Status, http.StatusText(answer.Status)); err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(answer.Header)) {
			for _, value := range answer.Header[name] {
				if _, err := fmt.Fprintf(p.stdout, "%s: %s\n", name, value); err != nil {
					return err
				}
			}
		}
		if _, err := fmt.Fprintln(p.stdout); err != nil {
			return err
		}
	}
	if answer.Status >= http.StatusMultipleChoices {
		return refusedCall(answer)
	}
	switch {
	case a.printHeader != "":
		value := answer.Header.Get(a.printHeader)
		if value == "" {
			return fmt.Errorf("the answer has no header %s", a.printHeader)
		}
		_, err := fmt.Fprintln(p.stdout, value)
		return err
	case a.pointer != "":
		return p.printPointed(answer.Body, a.pointer)
	}
	_, err := p.stdout.Write(answer.Body)
	return err
}

func notPaged(path string) error {
	return usageError{fmt.Errorf("%s is no list that is read page by page; leave --all out", path)}
}

// adminList reads a list to its end and prints its items.
func (p *program) adminList(ctx context.Context, c *caller, a *adminCall) error {
	if !a.values.Has("limit") {
		a.values.Set("limit", "100")
	}
	for range mostPages {
		cursor := a.values.Get("cursor")
		// Who is stopped in the middle can go on there.
		stopped := func(err error) error {
			if cursor == "" {
				return err
			}
			return fmt.Errorf("%w\nThe list goes on with --query cursor=%s", err, cursor)
		}
		answer, err := a.send(ctx, c)
		if err != nil {
			return stopped(err)
		}
		if answer.Status >= http.StatusMultipleChoices {
			return stopped(refusedCall(answer))
		}
		var page struct {
			Items []json.RawMessage `json:"items"`
			Next  string            `json:"next"`
		}
		if json.Unmarshal(answer.Body, &page) != nil || page.Items == nil {
			return notPaged(a.path)
		}
		for _, item := range page.Items {
			if err := p.printItem(item, a.pointer); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		if page.Next == cursor {
			return errors.New("the list does not go on: its next page is the same one")
		}
		a.values.Set("cursor", page.Next)
	}
	return fmt.Errorf("the list is longer than %d pages; it goes on with --query cursor=%s", mostPages, a.values.Get("cursor"))
}

// printItem prints one item of a list in a line.
func (p *program) printItem(item json.RawMessage, pointer string) error {
	if pointer != "" {
		return p.printPointed(item, pointer)
	}
	var line bytes.Buffer
	if err := json.Compact(&line, item); err != nil {
		return err
	}
	line.WriteByte('\n')
	_, err := p.stdout.Write(line.Bytes())
	return err
}
