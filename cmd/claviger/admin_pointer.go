package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// printPointed prints what a JSON pointer names: texts as they are, all else as JSON.
func (p *program) printPointed(document []byte, pointer string) error {
	found, err := pointed(document, pointer)
	if err != nil {
		return err
	}
	var text string
	if json.Unmarshal(found, &text) != nil || string(found) == "null" {
		return p.printItem(found, "")
	}
	_, err = fmt.Fprintln(p.stdout, text)
	return err
}

// pointed is what a pointer names in a document (RFC 6901 section 4).
func pointed(document []byte, pointer string) (json.RawMessage, error) {
	at := json.RawMessage(document)
	if !json.Valid(at) {
		return nil, fmt.Errorf("the answer is not JSON: there is nothing at %s", pointer)
	}
	for _, token := range strings.Split(pointer, "/")[1:] {
		token = strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
		var members map[string]json.RawMessage
		var items []json.RawMessage
		var next json.RawMessage
		if json.Unmarshal(at, &members) == nil {
			next = members[token]
		} else if n, err := strconv.ParseUint(token, 10, 31); err == nil && json.Unmarshal(at, &items) == nil && n < uint64(len(items)) {
			next = items[n]
		}
		if next == nil {
			return nil, fmt.Errorf("there is nothing at %s of the answer", pointer)
		}
		at = next
	}
	return at, nil
}
