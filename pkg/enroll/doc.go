// Package enroll makes accounts for people: it takes a roster, derives a User
// ID for each person, and, when letters are asked for, a temporary password.
//
// An import is idempotent and resumable. Its progress is written in the
// transaction of the rows it counts; letters reach the disk before the
// transaction that makes them true commits, and get their names after it. So a
// process may die at any moment: no account is made twice, no User ID is given
// twice, no temporary password that counts is lost, and no letter holds one
// that does not.
//
// Package roster reads the file, package person seals what is known, package
// credential draws the password.
package enroll
