// Package brand is what an organization makes of the hosted pages: its name, logo,
// colors and the line that says whom to call, for all applications or for one.
//
// It refuses what people could not read (WCAG 2.2 AA) and pictures that could do
// more than be looked at. It reads no file but the logos that are named, and
// answers no request: package pages shows what is made here.
package brand
