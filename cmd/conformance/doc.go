// Command conformance prepares and runs an instance of Claviger for the OpenID
// Foundation's conformance suite: a certificate of its own, a clinician of whom
// everything is known, the clients of the test plans, and the configuration
// files that the suite is given.
//
// It uses the program as an operator does, by its command line, and its pages
// as a person does. Nothing of the suite is in it.
package main
