// Package language owns in which language a person is written to, in mails and in
// letters, and how a moment is said in it.
//
// In which language pages are shown is package pages' to decide: a browser and an
// application have wishes there, too.
package language
