// Package markdown makes HTML of the operator's Markdown, which is text to read:
// raw HTML, images and addresses that run something do not come through.
//
// What is shown where is package pages'.
package markdown
