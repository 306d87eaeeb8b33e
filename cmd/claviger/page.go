package main

import (
	"encoding/json"
	"fmt"
)

// listedMost is the most that one look at a list prints.
const listedMost = 1000

// printPage prints a part of a list, and how to go on where there is more.
func printPage[T any](p *program, asJSON bool, list []T, next, headings string, row func(T) []any) error {
	if asJSON {
		return json.NewEncoder(p.stdout).Encode(struct {
			Items []T    `json:"items"`
			Next  string `json:"next,omitempty"`
		}{list, next})
	}
	if err := printTable(p.stdout, false, list, headings, row); err != nil || next == "" {
		return err
	}
	_, err := fmt.Fprintf(p.stderr, "There may be more; go on with --cursor %s\n", next)
	return err
}
