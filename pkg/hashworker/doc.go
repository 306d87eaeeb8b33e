// Package hashworker computes password hashes in a process of its own, with a
// lower priority than the server has: a hash keeps a core busy for a quarter of
// a second, and a flood of sign-ins keeps all of them busy. The operating system
// then gives a core first to who hands out tokens, which goroutines of one process
// cannot ask of it.
//
// Worker is the server's end: it starts the process when there is something to
// compute, and lets it go when there has been nothing for a while, with all
// the memory it took. Serve is the other end. They talk over pipes, so that the
// process ends when the server does, however that ends.
//
// How many hashes run at once is decided by password.Hasher.
package hashworker
