package web

import (
	"net/http"

	"github.com/claviger-id/claviger/pkg/secret"
)

// Cookies reads and writes our cookies. They are hidden from scripts, and are not
// sent with what other sites post. They
// live as long as the browser runs, but for the one by which a browser is known
// again.
type Cookies struct {
	// Secure says that the issuer is https. The names then begin with __Host-,
	// which makes browsers refuse a cookie that another host or an insecure
	// page set (RFC 6265bis section 4.1.3.2). On a loopback issuer they do not,
	// because not every browser takes Secure cookies there.
	Secure bool
}

const (
	sessionCookie  = "claviger-session"
	browserCookie  = "claviger-browser"
	deviceCookie   = "claviger-device"
	languageCookie = "claviger-language"
	keptCookie     = "claviger-kept"
	partedCookie   = "claviger-parted"
)

// deviceAge is how long a browser keeps the cookie by which it is known, in
// seconds: 180 days, each time it is sent. The server forgets by itself.
const deviceAge = 180 * 24 * 60 * 60

// Session returns the value of the session cookie, or "".
func (c Cookies) Session(r *http.Request) string { return c.get(r, sessionCookie) }

// SetSession sends the session cookie.
func (c Cookies) SetSession(w http.ResponseWriter, value string) { c.set(w, sessionCookie, value, 0) }

// ClearSession removes the session cookie.
func (c Cookies) ClearSession(w http.ResponseWriter) { c.set(w, sessionCookie, "", -1) }

// Browser returns the secret that binds interactions to this browser, or "".
func (c Cookies) Browser(r *http.Request) string { return c.get(r, browserCookie) }

// EnsureBrowser returns the browser's secret and gives it one when it has none.
func (c Cookies) EnsureBrowser(w http.ResponseWriter, r *http.Request) string {
	if s := c.Browser(r); s != "" {
		return s
	}
	s := secret.NewToken()
	c.set(w, browserCookie, s, 0)
	return s
}

// ChangeBrowser gives the browser another secret: somebody else sits there, who must
// not go on with what was begun before.
func (c Cookies) ChangeBrowser(w http.ResponseWriter) {
	c.set(w, browserCookie, secret.NewToken(), 0)
}

// SignOut removes the cookies of the session and of what was begun and not finished.
func (c Cookies) SignOut(w http.ResponseWriter) {
	c.set(w, sessionCookie, "", -1)
	c.set(w, browserCookie, "", -1)
}

// Device returns that by which the browser is known from an earlier sign-in, or
// "". It signs nobody in.
func (c Cookies) Device(r *http.Request) string { return c.get(r, deviceCookie) }

// SetDevice sends it.
func (c Cookies) SetDevice(w http.ResponseWriter, value string) {
	c.set(w, deviceCookie, value, deviceAge)
}

// Language returns the language that the person has chosen on a page of ours, or
// "".
func (c Cookies) Language(r *http.Request) string { return c.get(r, languageCookie) }

// SetLanguage keeps it as long as the browser runs: the next person at a shared
// computer may speak another one.
func (c Cookies) SetLanguage(w http.ResponseWriter, value string) {
	c.set(w, languageCookie, value, 0)
}

// Kept returns what the browser keeps of the interaction of this page, or "".
func (c Cookies) Kept(r *http.Request) string { return one(r, c.keptName(), maxKept) }

// SetKept has the browser keep something of an interaction, whose pages are below
// path. Only they get it back: each has its own, however many tabs there are. It is
// sealed, and whoever plants one (another host of the domain can, because the name
// cannot begin with __Host- with a path) can do no more than with a link.
func (c Cookies) SetKept(w http.ResponseWriter, path, value string) {
	if value != "" {
		c.send(w, c.keptName(), value, path, 0)
	}
}

// Parted returns what the browser keeps of the session that was ended in it, or "".
func (c Cookies) Parted(r *http.Request) string { return one(r, c.name(partedCookie), maxKept) }

// SetParted has the browser keep it for some seconds, or forget the one before.
func (c Cookies) SetParted(w http.ResponseWriter, value string, seconds int) {
	if value == "" {
		seconds = -1
	}
	c.set(w, partedCookie, value, seconds)
}

func (c Cookies) keptName() string {
	if c.Secure {
		return "__Secure-" + keptCookie
	}
	return keptCookie
}

// Forget removes the cookies of the session and of the sign-in, and asks the
// browser to drop what it has cached and stored of this site (Clear-Site-Data).
// "cookies" is not among what it is asked for: browsers would then drop those of
// every host of the same registrable domain, and with them sessions of
// applications that have nothing to do with us. The browser stays known: its
// person can be locked out of any other by somebody who guesses.
func (c Cookies) Forget(w http.ResponseWriter) {
	c.SignOut(w)
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
}

func (c Cookies) name(base string) string {
	if c.Secure {
		return "__Host-" + base
	}
	return base
}

// maxValue and maxKept are more than the values of our cookies have.
const (
	maxValue = 256
	maxKept  = 4096
)

func (c Cookies) get(r *http.Request, base string) string { return one(r, c.name(base), maxValue) }

// one returns the one cookie of that name. Two of them mean that somebody
// planted one, and we cannot tell which.
func one(r *http.Request, name string, most int) string {
	all := r.CookiesNamed(name)
	if len(all) != 1 || len(all[0].Value) > most {
		return ""
	}
	return all[0].Value
}

func (c Cookies) set(w http.ResponseWriter, base, value string, maxAge int) {
	c.send(w, c.name(base), value, "/", maxAge)
}

func (c Cookies) send(w http.ResponseWriter, name, value, path string, maxAge int) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure follows the issuer: plain http is served on loopback only
		Name: name, Value: value, Path: path, MaxAge: maxAge,
		Secure: c.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}
