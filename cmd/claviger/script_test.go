package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"claviger": main})
}

// TestScripts runs the command line as operators do: one script in testdata
// for each thing that they may want, or get wrong.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			for _, name := range []string{"PUBLIC", "ADMIN"} {
				var listen net.ListenConfig
				l, err := listen.Listen(context.Background(), "tcp", "127.0.0.1:0")
				if err != nil {
					return err
				}
				e.Setenv(name, l.Addr().String())
				if name == "ADMIN" { // PUBLIC stays taken
					if err := l.Close(); err != nil {
						return err
					}
					continue
				}
				e.Defer(func() { _ = l.Close() })
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			// listen FILE writes a configuration whose public port is taken.
			"listen": func(ts *testscript.TestScript, _ bool, args []string) {
				text := fmt.Sprintf("[public]\nissuer = %q\nlisten = %q\n[admin]\nlisten = %q\n",
					"http://"+ts.Getenv("PUBLIC"), ts.Getenv("PUBLIC"), ts.Getenv("ADMIN"))
				ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
			},
			// flip FILE changes a byte in each kilobyte of a file.
			"flip": func(ts *testscript.TestScript, _ bool, args []string) {
				path := ts.MkAbs(args[0])
				text, err := os.ReadFile(path)
				ts.Check(err)
				for i := 0; i < len(text); i += 1024 {
					text[i] ^= 1
				}
				ts.Check(os.WriteFile(path, text, 0o600))
			},
		},
	})
}
