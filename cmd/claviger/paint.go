package main

import (
	"io"
	"os"

	"golang.org/x/term"
)

// paint colours words on a terminal, and nowhere else; not where NO_COLOR is set,
// either, nor on a terminal that calls itself dumb.
type paint bool

func newPaint(out io.Writer) paint {
	f, ok := out.(*os.File)
	return paint(ok && term.IsTerminal(int(f.Fd())) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb")
}

func (p paint) in(code, text string) string {
	if !p {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (p paint) good(text string) string { return p.in("32", text) }
func (p paint) warn(text string) string { return p.in("33", text) }
func (p paint) bad(text string) string  { return p.in("1;31", text) }
func (p paint) dim(text string) string  { return p.in("2", text) }
