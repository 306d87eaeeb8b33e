package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// written finds command lines in a page: in code between backticks, and in lines of
// blocks of code.
var written = regexp.MustCompile("(?m)`(claviger [^`]+)`|^ *(claviger [a-z][^\n]*)$|: (claviger [a-z][^\n.)`]*)[.)`]?$")

// TestDocumentedCommandsExist: what a page tells somebody to type is a command with
// those flags.
func TestDocumentedCommandsExist(t *testing.T) {
	pages, err := filepath.Glob(filepath.Join("..", "..", "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob(filepath.Join("..", "..", "docs", "adr", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	pages = append(append(pages, more...), filepath.Join("..", "..", "README.md"))
	found := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range written.FindAllStringSubmatch(strings.ReplaceAll(string(text), "\\\n", " "), -1) {
			line := strings.Join(strings.Fields(m[1]+m[2]+m[3]), " ")
			if line == "claviger use agreement receipt v1" { // how a receipt begins
				continue
			}
			found++
			checkCommandLine(t, filepath.Base(page), line)
		}
	}
	if found < 60 {
		t.Errorf("only %d command lines in %d pages", found, len(pages))
	}
}

// command is a word that can only be one; what stands for another is in capitals.
var command = regexp.MustCompile(`^[a-z][a-z-]+$`)

// named finds commands in prose.
var named = regexp.MustCompile(`\bclaviger (serve|[a-z]+ [a-z-]+)`)

// TestNamedCommandsExist: what commands say of each other is so, and what their errors
// and remedies tell somebody to run.
func TestNamedCommandsExist(t *testing.T) {
	p := &program{}
	leaves(p.rootCommand(), func(name string, c *cobra.Command) {
		for _, m := range named.FindAllStringSubmatch(strings.Join(strings.Fields(c.Long), " "), -1) {
			checkCommandLine(t, name, m[0])
		}
	})
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	quoted := regexp.MustCompile(`"[^"\n]*\bclaviger [^"\n]*"`)
	for _, source := range sources {
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(source, "_test.go") {
			continue
		}
		for _, literal := range quoted.FindAllString(string(text), -1) {
			for _, m := range named.FindAllString(literal, -1) {
				if m != "claviger than this" {
					checkCommandLine(t, source, m)
				}
			}
		}
	}
}

// checkCommandLine finds the command of a line in the tree, and its flags.
func checkCommandLine(t *testing.T, where, line string) {
	t.Helper()
	p := &program{}
	root := p.rootCommand()
	root.InitDefaultCompletionCmd()
	c, at := root, 1
	words := strings.Fields(line)
words:
	for ; at < len(words); at++ {
		word := strings.Trim(words[at], ",;.:")
		for _, sub := range c.Commands() {
			if sub.Name() == word {
				c = sub
				continue words
			}
		}
		break
	}
	if at < len(words) && c.HasSubCommands() && command.MatchString(words[at]) {
		t.Errorf("%s: %q: there is no command %s", where, line, words[at])
		return
	}
	for _, word := range words[at:] {
		if word == "#" || strings.HasPrefix(word, "2>") {
			break
		}
		flag, ok := strings.CutPrefix(strings.Trim(word, "[](),.;"), "--")
		if !ok {
			continue
		}
		flag, _, _ = strings.Cut(flag, "=")
		if flag != "help" && c.Flag(flag) == nil && c.InheritedFlags().Lookup(flag) == nil {
			t.Errorf("%s: %q: %s has no --%s", where, line, c.CommandPath(), flag)
		}
	}
}
