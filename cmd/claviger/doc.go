// Command claviger is the whole identity provider: the server, and the
// commands with which an operator sets it up and looks after it.
//
// One file holds one command. serve.go is the only place where stores,
// services and edges are put together; open.go is the part of it that the
// other commands share. Nothing else in the module knows all of its
// neighbours.
package main
