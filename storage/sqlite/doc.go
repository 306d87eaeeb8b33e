// Package sqlite is the durable store in one encrypted file, for an
// installation of one process. File, the pool of connections to such a file,
// also serves package embedded.
//
// Every block of the file, its write-ahead log and its journals is encrypted,
// and a checksum inside each page tells when one was changed
// (docs/adr/0002-sqlite-driver.md). One process has the file at a time; the
// lock is a file beside it that the operating system releases when the process
// ends, however it ends. That process may share the file: others of the same user
// then run their transactions in it, over a unix socket
// (docs/adr/0026-commands-beside-a-server.md).
package sqlite
