package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode"
)

// printTable prints a list: as JSON, or as a table with these headings and a row
// for each, or the word none.
func printTable[T any](out io.Writer, asJSON bool, list []T, headings string, row func(T) []any) error {
	if asJSON {
		return json.NewEncoder(out).Encode(list)
	}
	if len(list) == 0 {
		_, err := fmt.Fprintln(out, "none")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, headings)
	for _, one := range list {
		_, _ = fmt.Fprintln(w, cells(row(one)...))
	}
	return w.Flush()
}

// printFacts prints one document: as JSON, or what is known of it line by line,
// each with its name.
func printFacts(out io.Writer, asJSON bool, document any, facts [][2]string) error {
	if asJSON {
		return json.NewEncoder(out).Encode(document)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, f := range facts {
		if f[1] != "" {
			_, _ = fmt.Fprintln(w, cells(f[0], f[1]))
		}
	}
	return w.Flush()
}

// printSaid prints one document: as JSON, or as a sentence.
func (p *program) printSaid(asJSON bool, document any, sentence string) error {
	if asJSON {
		return json.NewEncoder(p.stdout).Encode(document)
	}
	_, err := fmt.Fprintln(p.stdout, sentence)
	return err
}

// cells is a line of a table. What people have written must not move the cursor of
// the terminal it is shown on, or begin another cell.
func cells(values ...any) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
				return unicode.ReplacementChar
			}
			return r
		}, fmt.Sprint(v))
	}
	return strings.Join(texts, "\t")
}
