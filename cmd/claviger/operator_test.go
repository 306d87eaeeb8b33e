package main

import (
	"os/user"
	"testing"
)

// TestWhoLoggedInIsTheOperator: two administrators who both become root are two
// people, for what needs a second one and in the audit log.
func TestWhoLoggedInIsTheOperator(t *testing.T) {
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	daemon, err := user.Lookup("daemon")
	if err != nil {
		t.Fatal(err)
	}
	for login, want := range map[string]string{
		daemon.Uid + "\n": "daemon", nobodyLoggedIn: me.Username, "": me.Username, "4000000123": me.Username, "../root": me.Username,
	} {
		if got := operatorName(login); got != want {
			t.Errorf("%q: %q, want %q", login, got, want)
		}
	}
}
