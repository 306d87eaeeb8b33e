// Package roster reads and makes roster files: the provider file that NPPES
// publishes, by its header names in any order, with the columns Email and
// Organization added.
//
// A file may hold anything. Memory stays flat whatever it holds; a row that
// cannot be used is told with its line, column and reason, and the next one is
// read. What becomes of a good row is package enroll's.
package roster
