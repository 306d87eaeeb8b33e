package pages

import (
	"net/http"

	"github.com/claviger-id/claviger/pkg/web"
)

type signingOutView struct {
	frame
	// Frames are loaded unseen; Next is where it goes on when they have been, or
	// after Patience seconds.
	Frames   []string
	Next     string
	Patience int
}

// framesPatience is how long applications have to load their frames, in seconds.
const framesPatience = 3

// SigningOut loads what applications want loaded when somebody signs out
// (OpenID Connect Front-Channel Logout 1.0 section 2), and goes on to an
// address of ours or of the application that asked.
func (p *Pages) SigningOut(w http.ResponseWriter, r *http.Request, frames []string, next string) error {
	pr := p.printer(r, nil)
	pr.fleeting = true
	for _, address := range frames {
		web.AllowFrame(w, address)
	}
	return pr.print(w, http.StatusOK, "signing-out", signingOutView{
		frame: pr.frame(pr.texts.SigningOut.Title, true), Frames: frames, Next: next, Patience: framesPatience,
	})
}
