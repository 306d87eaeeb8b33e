package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// progress shows how far long work has come: a bar that is redrawn on a
// terminal, a line every few seconds elsewhere, for logs; none for what is soon done.
type progress struct {
	out      io.Writer
	terminal bool
	now      func() time.Time
	begun    time.Time
	shown    time.Time
	// before is what was done already when this process took up the work.
	before int64
	first  bool
	// drawn says that something was shown.
	drawn bool
}

// barWidth is the length of the bar, in characters.
const barWidth = 30

func newProgress(out io.Writer, now func() time.Time) *progress {
	f, ok := out.(*os.File)
	return &progress{
		out: out, now: now, begun: now(), shown: now(), first: true,
		terminal: ok && term.IsTerminal(int(f.Fd())),
	}
}

// show draws the state: a fraction from 0 to 1 and what was counted.
func (p *progress) show(fraction float64, done int64, what string) {
	if p.first {
		p.first, p.before = false, done
	}
	now := p.now()
	pause := 5 * time.Second
	if p.terminal {
		pause = 100 * time.Millisecond
	}
	// What is soon done needs no line in anybody's log.
	if now.Sub(p.shown) < pause && (fraction < 1 || !p.terminal && !p.drawn) {
		return
	}
	p.shown, p.drawn = now, true
	rate := float64(done-p.before) / max(now.Sub(p.begun).Seconds(), 0.001)
	line := fmt.Sprintf("%3.0f %%  %s: %d, %.0f/s", 100*fraction, what, done, rate)
	if !p.terminal {
		_, _ = fmt.Fprintln(p.out, line)
		return
	}
	filled := min(int(fraction*barWidth), barWidth)
	_, _ = fmt.Fprintf(p.out, "\r[%s%s] %s ", strings.Repeat("#", filled), strings.Repeat(".", barWidth-filled), line)
}

// done ends the bar's line.
func (p *progress) done() {
	if p.terminal && p.drawn {
		_, _ = fmt.Fprintln(p.out)
	}
}
