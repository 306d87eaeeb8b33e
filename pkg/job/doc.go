// Package job is work that takes longer than a request: it is handed in, done by
// whichever replica comes first, seen on its way, and stopped. A job that was
// interrupted, by a crash as well, is begun again by the next worker; what it had
// done it has to find out itself, in the transaction that notes its progress.
//
// What a job works on and what it has to say is sealed. What a kind of job does is
// its owner's.
package job
