package oidc

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // for the script below
	"encoding/hex"
	"net/http"
	"time"
)

//go:embed script/claviger-session.js
var sessionScript []byte

// sessionModule serves the module that warns people before they are signed out,
// to be imported by the pages of applications.
func (p *Provider) sessionModule(w http.ResponseWriter, r *http.Request) error {
	sum := sha256.Sum256(sessionScript)
	h := w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", "public, max-age=900")
	h.Set("ETag", `"`+hex.EncodeToString(sum[:16])+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(sessionScript))
	return nil
}
