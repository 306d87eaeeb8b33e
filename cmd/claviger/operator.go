package main

import (
	"os"
	"os/user"
	"strings"

	"github.com/claviger-id/claviger/pkg/audit"
)

// loginFile holds the number of the user who logged in, which sudo and su do
// not change (pam_loginuid(8)). Only Linux has it.
const loginFile = "/proc/self/loginuid"

// nobodyLoggedIn is its content in what the system started by itself: (uid_t)-1.
const nobodyLoggedIn = "4294967295"

// operator is who works at the command line, as the operating system names
// them: who logged in, also where they have become root since. Whoever can read the
// root key could write any name here; it tells honest operators apart and proves
// nothing.
func operator() audit.Actor {
	who := audit.Actor{Type: "operator", ID: "command-line"}
	number, _ := os.ReadFile(loginFile) // without it, who they are now
	if name := operatorName(string(number)); name != "" {
		who.ID += ":" + name
	}
	return who
}

func operatorName(login string) string {
	if login = strings.TrimSpace(login); login != "" && login != nobodyLoggedIn {
		if u, err := user.LookupId(login); err == nil {
			return u.Username
		}
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return ""
}
