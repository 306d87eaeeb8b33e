package pages

import "net/http"

type homeView struct {
	frame
	// SignedIn says that the browser holds a session cookie; whether the
	// session lives is found out on the way out.
	SignedIn bool
	SignOut  string
	Change   string
	Sessions string
}

// home is the page at the bare address of the issuer.
func (p *Pages) home(w http.ResponseWriter, r *http.Request) error {
	pr := p.printer(r, nil)
	return pr.print(w, http.StatusOK, "home", homeView{
		frame:    pr.frame(pr.texts.Home.Title, false),
		SignedIn: p.Cookies.Session(r) != "",
		SignOut:  signOutPath,
		Change:   changePasswordPath,
		Sessions: accountSessionsPath,
	})
}
