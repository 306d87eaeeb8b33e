package client

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// Difference is a member of a document that two registrations do not share, as JSON;
// nil where it is not there.
type Difference struct {
	Member        string
	Before, After json.RawMessage
}

// Amend changes what a JSON object names, and nothing else (RFC 7396, for the members of
// the document, each as a whole): null, or an empty value, takes a member away. The id of
// an application is none that changes.
func Amend(d Document, patch []byte) (Document, error) {
	var named map[string]json.RawMessage
	if err := json.Unmarshal(patch, &named); err != nil {
		return Document{}, fmt.Errorf("the change cannot be read: %w", err)
	}
	whole, err := members(d)
	if err != nil {
		return Document{}, err
	}
	known := map[string]bool{}
	for _, name := range memberNames() {
		known[name] = true
	}
	for name, value := range named {
		switch {
		case !known[name]: // exactly: encoding/json takes Scope for scope
			return Document{}, fmt.Errorf("the change cannot be read: a registration has no member %q", name)
		case name == "client_id" && !bytes.Equal(value, whole[name]):
			return Document{}, fmt.Errorf("the client_id %s is not that of %s: an application never gets another one", value, whole[name])
		case string(value) == "null":
			delete(whole, name)
		default:
			whole[name] = value
		}
	}
	text, err := json.Marshal(whole)
	if err != nil {
		return Document{}, err
	}
	return ParseDocument(text)
}

// Differences are the members in which two documents differ, in the order of the
// document.
func Differences(before, after Document) ([]Difference, error) {
	old, err := members(before)
	if err != nil {
		return nil, err
	}
	next, err := members(after)
	if err != nil {
		return nil, err
	}
	var all []Difference
	for _, name := range memberNames() {
		if !bytes.Equal(old[name], next[name]) {
			all = append(all, Difference{name, old[name], next[name]})
		}
	}
	return all, nil
}

// members is what a document says, by name.
func members(d Document) (all map[string]json.RawMessage, err error) {
	text, err := json.Marshal(d)
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	return all, nil
}

// memberNames are the names that a document may use.
func memberNames() []string {
	var all []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Document]()) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		all = append(all, name)
	}
	return all
}
