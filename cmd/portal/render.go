package main

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
)

//go:embed pages/*.html
var pageFiles embed.FS

// page is what the frame around every page needs to know.
type page struct {
	Title    string
	SignedIn bool
	Name     string // who is signed in
	Body     any    // the page's own view
}

// A template for each page, each inside the one frame.
var (
	welcomePage = parsePage("welcome.html")
	homePage    = parsePage("home.html")
	messagePage = parsePage("message.html")
)

func parsePage(name string) *template.Template {
	return template.Must(template.ParseFS(pageFiles, "pages/frame.html", "pages/"+name))
}

func (p *portal) render(w http.ResponseWriter, status int, t *template.Template, view page) {
	var body bytes.Buffer
	if err := t.ExecuteTemplate(&body, "frame.html", view); err != nil {
		p.log.Error("page not rendered", "template", t.Name(), "error", err)
		http.Error(w, "Something went wrong.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes())
}
