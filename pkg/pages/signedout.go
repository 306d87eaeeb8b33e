package pages

import "net/http"

const signedOutPath = "/signed-out"

type signedOutView struct{ frame }

// signedOut is where signing out ends when no application is returned to. It
// drops what the browser still holds; it reads nothing, so that it can be shown
// again and again.
func (p *Pages) signedOut(w http.ResponseWriter, r *http.Request) error {
	if p.Cookies.Session(r) != "" {
		// Somebody who is signed in followed a link to this page. Saying that
		// they are signed out would be wrong, and making it so by a GET would
		// let any site sign people out.
		http.Redirect(w, r, signOutPath, http.StatusSeeOther)
		return nil
	}
	pr := p.printer(r, nil)
	p.Cookies.Forget(w)
	return pr.print(w, http.StatusOK, "signed-out", signedOutView{
		frame: pr.frame(pr.texts.SignedOut.Title, false),
	})
}
