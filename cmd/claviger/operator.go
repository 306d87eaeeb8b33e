package main

import (
	"os/user"

	"github.com/claviger-id/claviger/pkg/audit"
)

// operator is who works at the command line, as the operating system names
// them. Whoever can read the root key could write any name here; it tells
// honest operators apart and proves nothing.
func operator() audit.Actor {
	who := audit.Actor{Type: "operator", ID: "command-line"}
	if u, err := user.Current(); err == nil && u.Username != "" {
		who.ID += ":" + u.Username
	}
	return who
}
