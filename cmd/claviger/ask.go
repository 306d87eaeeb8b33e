package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// sweeping are the flags of a command that can concern everyone.
type sweeping struct{ dryRun, yes bool }

func (s *sweeping) add(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&s.dryRun, "dry-run", false, "say how many it would concern, and change nothing")
	cmd.Flags().BoolVar(&s.yes, "yes", false, "do not ask before it is done to everyone")
}

// sure asks on the terminal whether something is to be done to everyone. Where there is
// none, whoever wants it says --yes.
func (p *program) sure(what string, s sweeping) error {
	if s.yes {
		return nil
	}
	return p.asked(what, "say --yes, or --dry-run")
}

// asked asks on the terminal whether something is to be done; otherwise says what to say
// where there is none.
func (p *program) asked(what, otherwise string) error {
	in, ok := p.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return usageError{fmt.Errorf("%s: %s; there is no terminal to ask on", what, otherwise)}
	}
	if _, err := fmt.Fprintf(p.stderr, "%s. Do it? Answer yes or no: ", what); err != nil {
		return err
	}
	answer, err := bufio.NewReader(io.LimitReader(in, 80)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if answer = strings.ToLower(strings.TrimSpace(answer)); answer != "yes" && answer != "y" {
		return errors.New("nothing was done")
	}
	return nil
}
