package main

import (
	"bytes"
	"testing"
)

// What somebody wrote cannot move the cursor of the operator's terminal, nor make a
// cell or a line of its own.
func TestTablesShowWhatWasWritten(t *testing.T) {
	list := []string{"plain", "a\tb\nc", "red \x1b[31mtext", "\u202eesrever", "Núñez 李"}
	var b bytes.Buffer
	if err := printTable(&b, false, list, "NAME\tN", func(s string) []any { return []any{s, len(s)} }); err != nil {
		t.Fatal(err)
	}
	const want = "NAME           N\nplain          5\na\ufffdb\ufffdc          5\nred \ufffd[31mtext  13\n\ufffdesrever       10\nNúñez 李        11\n"
	if b.String() != want {
		t.Errorf("got\n%q, want\n%q", b.String(), want)
	}
	b.Reset()
	if err := printTable(&b, true, list[1:2], "NAME", func(s string) []any { return nil }); err != nil || b.String() != "[\"a\\tb\\nc\"]\n" {
		t.Errorf("as JSON: %s %v", b.String(), err)
	}
	b.Reset()
	if err := printFacts(&b, false, nil, [][2]string{{"Name", "x\x07"}, {"Empty", ""}}); err != nil || b.String() != "Name  x\ufffd\n" {
		t.Errorf("facts: %q %v", b.String(), err)
	}
}
