package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// password is the clinician's. It is no secret: the instance is for the suite
// and made anew each time.
const password = "conformance needs no secrets 9443"

// roster has one clinician, of whom everything is known that a claim can say.
const roster = `NPI,Entity Type Code,Provider Last Name (Legal Name),Provider First Name,Provider Middle Name,Provider Credential Text,Provider First Line Business Practice Location Address,Provider Business Practice Location Address City Name,Provider Business Practice Location Address State Name,Provider Business Practice Location Address Postal Code,Provider Business Practice Location Address Telephone Number,Email,Organization,Nickname,Profile,Picture,Website,Gender,Birthdate,Zoneinfo,Locale
1234567893,1,Quill,Ada,Byrd,MD,12 Harbor Street,Cove,OH,45001,+15555550100,ada.quill@cove.example,Cove Clinic,Addie,https://cove.example/people/quill,https://cove.example/people/quill.jpg,https://quill.example,female,1980-02-29,America/New_York,en-US
`

// person is the clinician.
type person struct{ UserID, temporary string }

// enroll makes the account and reads the two letters.
func (in *instance) enroll(ctx context.Context) (person, error) {
	if err := write(in.path("roster.csv"), []byte(roster)); err != nil {
		return person{}, err
	}
	letters := in.path("letters")
	out, err := in.call(ctx, "enroll", "import", in.path("roster.csv"), "--letters", letters)
	if err != nil {
		return person{}, err
	}
	if !strings.Contains(out, "created 1 account") {
		return person{}, fmt.Errorf("the clinician was not enrolled: %s", out)
	}
	var p person
	for folder, into := range map[string]*string{"user-id": &p.UserID, "temporary-password": &p.temporary} {
		if *into, err = fromLetter(filepath.Join(letters, folder)); err != nil {
			return person{}, err
		}
	}
	return p, nil
}

// fromLetter returns what stands behind the label of the indented line of the one
// letter in a folder.
func fromLetter(folder string) (string, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.txt"))
	if err != nil || len(files) != 1 {
		return "", fmt.Errorf("there are %d letters in %s", len(files), folder)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		if _, value, labelled := strings.Cut(line, ":"); labelled && strings.HasPrefix(line, "    ") {
			return strings.TrimSpace(value), nil
		}
	}
	return "", fmt.Errorf("the letter in %s says nothing", folder)
}

// choosePassword signs in as a person does, with the temporary password, and
// chooses the personal one.
func (in *instance) choosePassword(ctx context.Context) error {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(in.root)
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	browser := &http.Client{
		Jar:       jar,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}},
		CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			if !strings.HasPrefix(r.URL.String(), in.issuer+"/") {
				return http.ErrUseLastResponse // back to the suite, which need not run yet
			}
			return nil
		},
	}
	query := url.Values{
		"client_id": {in.clients.basic.id()}, "redirect_uri": {in.callback()}, "response_type": {"code"}, "scope": {"openid"},
	}
	page, err := visit(ctx, browser, in.issuer+"/authorize?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	page, err = visit(ctx, browser, page.String(), url.Values{"userid": {in.person.UserID}, "password": {in.person.temporary}})
	if err != nil {
		return err
	}
	page, err = visit(ctx, browser, page.String(), url.Values{"new-password": {password}, "confirm": {password}})
	if err != nil {
		return err
	}
	if page.Query().Get("code") == "" {
		return errors.New("the clinician's first sign-in did not end with a code: " + page.Path)
	}
	return nil
}

// busyTries is how often a server that is busy is asked, and busyPause how long it is left
// alone in between.
const (
	busyTries = 10
	busyPause = 2 * time.Second
)

// visit gets a page, or posts a form to it, and returns where that ends. A server that is
// too busy to look at it is asked again.
func visit(ctx context.Context, browser *http.Client, address string, form url.Values) (to *url.URL, err error) {
	for range busyTries {
		var busy bool
		if to, busy, err = visitOnce(ctx, browser, address, form); !busy {
			return to, err
		}
		select {
		case <-time.After(busyPause):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return to, err
}

func visitOnce(ctx context.Context, browser *http.Client, address string, form url.Values) (to *url.URL, busy bool, err error) {
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, false, err
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := browser.Do(req)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<20))
	if res.StatusCode >= http.StatusBadRequest {
		return nil, res.StatusCode == http.StatusServiceUnavailable, fmt.Errorf("%s answered %s", req.URL.Path, res.Status)
	}
	if to, err := res.Location(); err == nil {
		return to, false, nil
	}
	return res.Request.URL, false, nil
}
