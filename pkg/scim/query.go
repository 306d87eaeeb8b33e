package scim

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/scim2/filter-parser/v2"
)

const listResponse = "urn:ietf:params:scim:api:messages:2.0:ListResponse"

// Bounds of a list.
const (
	maxPage     = 100
	defaultPage = 50
	maxStart    = 1_000_000
	maxCursor   = 200
)

// listing is what a list is asked for.
type listing struct {
	filter filter.Expression // nil: everything
	start  int               // from 1
	count  int
	view   view
	// leafing says that the list is read by cursors, after the resource that has the id.
	leafing bool
	after   string
}

// listed reads the query of a list (RFC 7644 section 3.4.2). What it does not know
// it leaves alone, as sorting, which is not supported.
func listed(k *kind, q url.Values) (l listing, err error) {
	if text := q.Get("filter"); text != "" {
		if l.filter, err = parseFilter(k, text); err != nil {
			return l, err
		}
	}
	// Section 3.4.2.4: what is smaller than 1 is 1, what is negative is 0.
	if l.start, err = number(q, "startIndex", 1); err != nil {
		return l, err
	}
	if l.count, err = number(q, "count", defaultPage); err != nil {
		return l, err
	}
	if l.start > maxStart {
		return l, bad(invalidValue, "startIndex is at most "+strconv.Itoa(maxStart)+".")
	}
	if l.leafing = q.Has("cursor"); l.leafing {
		if err := l.place(k, q); err != nil {
			return l, err
		}
	}
	l.start, l.count = max(l.start, 1), min(max(l.count, 0), maxPage)
	l.view, err = viewed(k, q)
	return l, err
}

// place reads the cursor of a list (RFC 9865 section 2). Without one it is the first page.
func (l *listing) place(k *kind, q url.Values) error {
	switch cursor := q.Get("cursor"); {
	case q.Has("startIndex"):
		return bad(invalidValue, "Ask by cursor or by startIndex, not by both.")
	case l.count < 1: // section 2.1
		return bad(invalidCount, "With a cursor, count is at least 1.")
	case cursor != "":
		text, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
		ok := false
		l.after, ok = strings.CutPrefix(string(text), k.name+" ")
		if err != nil || !ok || len(cursor) > maxCursor || !idForm.MatchString(l.after) {
			return errCursor
		}
	}
	return nil
}

var (
	idForm    = regexp.MustCompile(`^[0-9a-z_.-]+$`)
	errCursor = bad(invalidCursor, "The cursor is not one that was given here. Begin again with an empty one.")
)

// cursor stands for the place after a resource.
func (k *kind) cursor(id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(k.name + " " + id))
}

func number(q url.Values, name string, absent int) (int, error) {
	text := q.Get(name)
	if text == "" {
		return absent, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, bad(invalidValue, name+" is not a number.")
	}
	return n, nil
}

// searchRequest is the query of a POST to .search (RFC 7644 section 3.4.3).
func searchRequest(body []byte) (url.Values, error) {
	var in struct {
		Attributes, ExcludedAttributes []string
		Filter                         string
		StartIndex, Count              *int
		Cursor                         *string
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, &Error{Status: 400, Type: invalidSyntax, Detail: "The body is not a search request.", Cause: err}
	}
	q := url.Values{}
	q.Set("attributes", strings.Join(in.Attributes, ","))
	q.Set("excludedAttributes", strings.Join(in.ExcludedAttributes, ","))
	q.Set("filter", in.Filter)
	if in.StartIndex != nil {
		q.Set("startIndex", strconv.Itoa(*in.StartIndex))
	}
	if in.Count != nil {
		q.Set("count", strconv.Itoa(*in.Count))
	}
	if in.Cursor != nil {
		q.Set("cursor", *in.Cursor)
	}
	return q, nil
}

// page is one page of a list.
type page struct {
	resources []map[string]any
	// total is how many there are in all. Of those who leaf by cursors only the first
	// page counts them (RFC 9865 section 2).
	total int64
	// next is the cursor of the page after it; empty on the last one.
	next string
}

// answer is a ListResponse.
func (p page) answer(l listing) *answer {
	if p.resources == nil {
		p.resources = []map[string]any{}
	}
	m := map[string]any{"schemas": []string{listResponse}, "itemsPerPage": len(p.resources), "Resources": p.resources}
	switch {
	case !l.leafing:
		m["totalResults"], m["startIndex"] = p.total, l.start
	case l.after == "":
		m["totalResults"] = p.total
	}
	if p.next != "" {
		m["nextCursor"] = p.next
	}
	return &answer{status: http.StatusOK, body: m}
}

// cut is a page of resources of which all are at hand, sorted by their IDs.
func cut(k *kind, l listing, all []map[string]any) page {
	p := page{total: int64(len(all))}
	from := min(l.start-1, len(all))
	if l.leafing {
		if from = slices.IndexFunc(all, func(m map[string]any) bool { return word(m, "id") > l.after }); from < 0 {
			from = len(all)
		}
	}
	to := min(from+l.count, len(all))
	if p.resources = all[from:to]; l.leafing && to < len(all) {
		p.next = k.cursor(word(all[to-1], "id"))
	}
	return p
}
