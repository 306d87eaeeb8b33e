// Command gotest runs `go test` and prints what a person wants to read: one
// line for each package, the output of what failed, every line that holds
// "measured: ", and a closing count.
//
//	gotest [-log FILE] [GO TEST ARGUMENT...]
//
// The complete output goes into FILE. Where CI is set a skipped test is a
// failure, because there nothing that the tests need may be missing.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// event is one line of `go test -json` (go doc cmd/test2json).
type event struct {
	Action      string
	Package     string
	ImportPath  string // of build output
	Test        string
	Output      string
	Elapsed     float64
	FailedBuild string
}

type report struct {
	out     io.Writer
	log     io.Writer
	outputs map[string]*strings.Builder // of each test, until it ends
	skips   []string
	passed  int
	failed  int
}

func main() {
	args := os.Args[1:]
	logFile := ""
	if len(args) > 1 && args[0] == "-log" {
		logFile, args = args[1], args[2:]
	}
	code, err := run(logFile, args, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
		os.Exit(2)
	}
	os.Exit(code)
}

func run(logFile string, args []string, out io.Writer) (code int, err error) {
	r := &report{out: out, log: io.Discard, outputs: map[string]*strings.Builder{}}
	if logFile != "" {
		f, err := os.Create(logFile) //nolint:gosec // the caller names the file
		if err != nil {
			return 0, err
		}
		defer f.Close() //nolint:errcheck // a log that could not be written in full fails nothing
		r.log = f
	}
	cmd := exec.Command("go", append([]string{"test", "-json"}, args...)...) //nolint:gosec,noctx // that is what it is for, for as long as it takes
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	lines := bufio.NewReader(stdout)
	for {
		line, err := lines.ReadBytes('\n')
		r.line(line)
		if err != nil {
			break
		}
	}
	failed := cmd.Wait() != nil
	return r.close(failed), nil
}

func (r *report) line(line []byte) {
	var e event
	if err := json.Unmarshal(line, &e); err != nil {
		_, _ = r.out.Write(line)
		return
	}
	_, _ = io.WriteString(r.log, e.Output)
	key := e.Package + " " + e.Test
	switch e.Action {
	case "build-output":
		_, _ = io.WriteString(r.out, e.Output)
	case "output":
		if e.Test == "" && isSummary(e.Output) {
			_, _ = io.WriteString(r.out, e.Output)
			return
		}
		if r.outputs[key] == nil {
			r.outputs[key] = &strings.Builder{}
		}
		r.outputs[key].WriteString(e.Output)
		if _, figure, ok := strings.Cut(e.Output, "measured: "); ok {
			_, _ = fmt.Fprintf(r.out, "    %s: %s", e.Test, figure)
		}
	case "pass", "fail", "skip":
		r.ended(e, key)
	}
}

// isSummary recognises the line with which go test closes a package.
func isSummary(output string) bool {
	return strings.HasPrefix(output, "ok  \t") || strings.HasPrefix(output, "FAIL\t") ||
		strings.HasPrefix(output, "---\t")
}

func (r *report) ended(e event, key string) {
	output := r.outputs[key]
	delete(r.outputs, key)
	if e.Action == "fail" && output != nil {
		_, _ = io.WriteString(r.out, output.String())
	}
	switch {
	case e.Test == "":
	case e.Action == "pass":
		r.passed++
	case e.Action == "fail":
		r.failed++
	case e.Action == "skip":
		r.skips = append(r.skips, e.Package+" "+e.Test)
	}
}

func (r *report) close(failed bool) int {
	inCI := os.Getenv("CI") != ""
	if failed { // what ended without saying so
		for _, output := range r.outputs {
			_, _ = io.WriteString(r.out, output.String())
		}
	}
	for _, name := range r.skips {
		_, _ = fmt.Fprintln(r.out, "--- SKIP:", name)
	}
	if inCI && len(r.skips) > 0 {
		_, _ = fmt.Fprintln(r.out, "skipped tests are failures where CI is set")
	}
	_, _ = fmt.Fprintf(r.out, "%d passed, %d failed, %d skipped\n", r.passed, r.failed, len(r.skips))
	if failed || r.failed > 0 || inCI && len(r.skips) > 0 {
		return 1
	}
	return 0
}
