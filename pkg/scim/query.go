package scim

import (
	"encoding/json"
	"net/url"
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
)

// listing is what a list is asked for.
type listing struct {
	filter filter.Expression // nil: everything
	start  int               // from 1
	count  int
	view   view
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
	l.start, l.count = max(l.start, 1), min(max(l.count, 0), maxPage)
	l.view, err = viewed(k, q)
	return l, err
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
	return q, nil
}

// page is a ListResponse.
func page(total int64, l listing, resources []map[string]any) *answer {
	if resources == nil {
		resources = []map[string]any{}
	}
	return &answer{status: 200, body: map[string]any{
		"schemas": []string{listResponse}, "totalResults": total, "startIndex": l.start, "itemsPerPage": len(resources), "Resources": resources,
	}}
}

// cut is the page of resources of which all are at hand.
func cut(l listing, all []map[string]any) []map[string]any {
	from := min(l.start-1, len(all))
	return all[from:min(from+l.count, len(all))]
}
