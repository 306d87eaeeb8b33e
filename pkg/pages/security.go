package pages

import "net/http"

const securityPath = "/security"

type securityView struct {
	frame
	// Password, Sessions and Factors lead to what somebody does who did not do what they
	// see; Factors is empty where there are none.
	Password, Sessions, Factors string
}

// security is the notice of what is done for the security of people's data, and what
// they can do themselves. Anybody may read it.
func (p *Pages) security(w http.ResponseWriter, r *http.Request) error {
	pr := p.printer(r, nil)
	view := securityView{frame: pr.frame(pr.texts.Security.Title, false), Password: changePasswordPath, Sessions: accountSessionsPath}
	if p.Factors != nil {
		view.Factors = accountFactorsPath
	}
	return pr.print(w, http.StatusOK, "security", view)
}
