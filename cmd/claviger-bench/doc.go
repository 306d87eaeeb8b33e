// Command claviger-bench measures the program: what its endpoints cost, as
// ratios against bare handlers and bare database loops that do no more than
// what cannot be avoided, and how the cost grows with the number of people.
//
// The program and the reference run as processes of their own, on the same
// machine, in alternating rounds, under the same driver with the same number
// of connections. What comes out compares within one run and with nothing
// else: not with another machine, not with another day.
//
// It is run by `make bench`, which starts the servers that it needs. What was
// measured, and what it means, stands in docs/performance.md.
package main
