package pages

import "strings"

// browsers and systems are the words by which a User-Agent header (RFC 9110
// section 10.1.5) is known, the more particular ones first: nearly every browser
// also says that it is another one.
var (
	browsers = [][2]string{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"},
		{"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	}
	systems = [][2]string{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"CrOS", "ChromeOS"},
		{"Mac OS X", "macOS"}, {"Linux", "Linux"},
	}
)

// BrowserName says in words what a browser called itself, or nothing where none
// of the words is known. It is what the browser says: it proves nothing. Nothing
// of the header itself is shown.
func BrowserName(userAgent string) string {
	browser, system := known(browsers, userAgent), known(systems, userAgent)
	if browser != "" && system != "" {
		return browser + ", " + system
	}
	return browser + system
}

func known(words [][2]string, text string) string {
	for _, w := range words {
		if strings.Contains(text, w[0]) {
			return w[1]
		}
	}
	return ""
}
