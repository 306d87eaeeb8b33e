package pages

import (
	"bytes"
	"net/http/httptest"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/claviger-id/claviger/pkg/brand"
)

// nodes returns the elements of a page, in order.
func nodes(t *testing.T, page []byte) []*html.Node {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var all []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			all = append(all, n)
		}
	}
	return all
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func printed(t *testing.T, p *Pages, e exhibit) []byte {
	t.Helper()
	w := httptest.NewRecorder()
	if err := p.printer(httptest.NewRequest("GET", "/", nil), nil).print(w, 200, e.template, e.view); err != nil {
		t.Fatal(err)
	}
	return w.Body.Bytes()
}

// TestEveryPageIsSound checks what the strict content security policy and
// assistive technology need, on every page of the gallery.
func TestEveryPageIsSound(t *testing.T) {
	p := galleryPages()
	for name, e := range gallery(p, "es") {
		page := printed(t, p, e)
		ids := map[string]bool{}
		var labels, inputs []string
		count := map[string]int{}
		for _, n := range nodes(t, page) {
			count[n.Data]++
			if id := attr(n, "id"); id != "" {
				if ids[id] {
					t.Errorf("%s: two elements with id %q", name, id)
				}
				ids[id] = true
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "style" {
					t.Errorf("%s: <%s %s>: the policy forbids inline code", name, n.Data, a.Key)
				}
				switch a.Key {
				case "src", "href", "action":
					if a.Val == "#main" { // past the list of places
						continue
					}
					if attr(n, "id") == "application" && n.Data == "a" {
						continue // where the person came from
					}
					if !strings.HasPrefix(a.Val, "/") || strings.HasPrefix(a.Val, "//") {
						t.Errorf("%s: <%s %s=%q> leads elsewhere", name, n.Data, a.Key, a.Val)
					}
				}
			}
			switch n.Data {
			case "script":
				if n.FirstChild != nil || attr(n, "src") == "" {
					t.Errorf("%s: an inline script", name)
				}
			case "style":
				t.Errorf("%s: an inline style sheet", name)
			case "label":
				labels = append(labels, attr(n, "for"))
			case "input":
				if attr(n, "type") != "hidden" {
					inputs = append(inputs, attr(n, "id"))
				}
			case "html":
				if attr(n, "lang") != "es" || attr(n, "dir") != "ltr" {
					t.Errorf("%s: no language", name)
				}
			case "title":
				if n.FirstChild == nil || !strings.HasSuffix(n.FirstChild.Data, " · Harbor Health Plan") {
					t.Errorf("%s: a title without the brand", name)
				}
			}
		}
		for _, once := range []string{"h1", "main", "title"} {
			if count[once] != 1 {
				t.Errorf("%s: %d <%s>", name, count[once], once)
			}
		}
		if !reflect.DeepEqual(labels, inputs) {
			t.Errorf("%s: labels %v, inputs %v", name, labels, inputs)
		}
		for _, n := range nodes(t, page) {
			for _, reference := range []string{"aria-describedby", "aria-labelledby", "for"} {
				for id := range strings.FieldsSeq(attr(n, reference)) {
					if !ids[id] {
						t.Errorf("%s: %s=%q names nothing", name, reference, id)
					}
				}
			}
		}
	}
}

func TestAutocompletion(t *testing.T) {
	p := galleryPages()
	all := gallery(p, "en")
	for name, want := range map[string]map[string]string{
		"sign-in":                 {"userid": "username", "password": "current-password"},
		"sign-in-shared":          {"userid": "off", "password": "off"},
		"choose-password":         {"userid": "username", "new-password": "new-password", "confirm": "new-password"},
		"choose-password-refused": {"new-password": "off", "confirm": "off"},
	} {
		got := map[string]string{}
		for _, n := range nodes(t, printed(t, p, all[name])) {
			if n.Data == "input" && attr(n, "type") != "checkbox" {
				got[attr(n, "id")] = attr(n, "autocomplete")
				if attr(n, "onpaste") != "" || attr(n, "type") == "password" && attr(n, "value") != "" {
					t.Errorf("%s: %s", name, attr(n, "id"))
				}
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// hostile holds what could break out of text, attributes, addresses and
// scripts, around a word to find it by.
const hostile = `"'><script>SENTINEL</script>{{.}}<img src=x onerror=SENTINEL>` + "\u202e javascript:SENTINEL"

func TestHostileTextStaysText(t *testing.T) {
	p := &Pages{Brand: brand.Brand{Name: hostile, Help: map[string]string{"": hostile}}, Host: hostile}
	r := httptest.NewRequest("GET", "/", nil)
	pr := p.printer(r, nil)
	pr.keeps, pr.kept = "q", hostile
	f := pr.frame(hostile, true)
	f.Nonce = hostile
	for name, view := range map[string]any{
		"sign-in": signInView{
			frame: f, Action: "/x", Application: hostile, UserID: hostile, Message: hostile,
		},
		"choose-password":        choosePasswordView{frame: f, Action: "/x", UserID: hostile, newPassword: newPassword{Minimum: 15, Strength: hostile}, Message: hostile},
		"sign-out":               signOutView{frame: f, Action: "/x"},
		"act-for":                actForView{frame: f, Action: "/x", Application: hostile, UserID: hostile, Choices: []actForChoice{{hostile, hostile, hostile, hostile, hostile}}},
		"elsewhere":              elsewhereView{frame: f, Action: "/x", Again: "/x", May: true, Sessions: []sessionRow{{T: f.T, ID: hostile, Browser: hostile, Address: hostile, Since: hostile, Last: hostile, Ends: hostile, Applications: []string{hostile}}}},
		"account-delegations":    accountDelegationsView{frame: f, Grant: "/x", Anew: "/x", Acting: []delegationRow{hostileDelegation(hostile)}, Acted: []delegationRow{hostileDelegation(hostile)}},
		"account-delegation-end": accountDelegationEndView{frame: f, Action: "/x", Back: "/x", Delegation: hostileDelegation(hostile)},
		"account-delegation-grant": accountDelegationGrantView{
			frame: f, Action: "/x", Back: "/x", UserID: hostile, FamilyName: hostile, Until: hostile, Message: hostile, Applications: []roleChoice{{Name: hostile, Text: hostile}},
		},
		"consent":     consentView{frame: f, Action: "/x", Application: hostile, UserID: hostile, Shares: []string{hostile}},
		"device":      deviceView{frame: f, Action: "/x", Code: hostile, Message: hostile},
		"device-done": deviceDoneView{frame: f, Text: hostile, Forward: hostile},
		"account-sessions": accountSessionsView{
			frame: f, Action: "/x", Sessions: []sessionRow{{T: f.T, ID: hostile, Browser: hostile, Address: hostile, Since: hostile, Last: hostile, Applications: []string{hostile}}},
		},
		"signed-out": signedOutView{frame: f, Told: []string{hostile}, Waiting: []string{hostile}, Open: []string{hostile}, Look: "/x"},
		"home":       homeView{frame: f, SignedIn: true, SignOut: "/x"},
		"error":      errorView{frame: f, Message: hostile, Retry: hostile, Reference: hostile},
	} {
		page := printed(t, p, exhibit{name, view})
		if !bytes.Contains(page, []byte("SENTINEL")) {
			t.Errorf("%s: shows nothing of it", name)
		}
		for _, n := range nodes(t, page) {
			if n.Data == "img" || n.Data == "script" && n.FirstChild != nil {
				t.Errorf("%s: text became <%s>", name, n.Data)
			}
			if attr(n, "onerror") != "" {
				t.Errorf("%s: text became an attribute of <%s>", name, n.Data)
			}
		}
	}
}

// TestWeight holds a page with everything it needs to 40 kB before
// compression, and the server sends it without.
func TestWeight(t *testing.T) {
	p := galleryPages()
	shared := 0
	for _, name := range []string{"style.css", "comfort.js", "passkey.js", "mark.svg"} {
		b, err := assetFiles.ReadFile("assets/" + name)
		if err != nil {
			t.Fatal(err)
		}
		shared += len(b)
	}
	for name, e := range gallery(p, "es") {
		if total := shared + len(printed(t, p, e)); total > 40<<10 {
			t.Errorf("%s weighs %d bytes", name, total)
		}
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second:            "a moment",
		0:                       "a moment",
		300 * time.Millisecond:  "1 second",
		1200 * time.Millisecond: "2 seconds",
		time.Minute:             "1 minute",
		90 * time.Second:        "90 seconds",
		121 * time.Second:       "3 minutes",
		5 * time.Minute:         "5 minutes",
		time.Hour:               "1 hour",
		61 * time.Minute:        "61 minutes",
		121 * time.Minute:       "3 hours",
		24 * time.Hour:          "24 hours",
	} {
		if got := englishSpan(d); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
}

// TestColours computes the contrast of every pair that carries text or the
// edge of a control, in both schemes (WCAG 2.2 SC 1.4.3 and 1.4.11).
func TestColours(t *testing.T) {
	css, err := assetFiles.ReadFile("assets/style.css")
	if err != nil {
		t.Fatal(err)
	}
	light, dark, ok := strings.Cut(string(css), "prefers-color-scheme: dark")
	if !ok {
		t.Fatal("no dark scheme")
	}
	colours := func(text string) map[string]string {
		found := map[string]string{}
		for _, m := range regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6});`).FindAllStringSubmatch(text, -1) {
			found[m[1]] = m[2]
		}
		return found
	}
	lightSet := colours(light)
	darkSet := colours(light)
	dark, _, _ = strings.Cut(dark, "*, ::before")
	for name, value := range colours(dark) {
		darkSet[name] = value
	}
	for _, pair := range []struct {
		over, under string
		least       float64
	}{
		{"ink", "paper", 7}, {"ink", "sheet", 7}, {"ink", "note", 7},
		{"soft", "paper", 4.5}, {"soft", "note", 4.5},
		{"accent", "paper", 4.5}, {"accent", "note", 4.5}, {"accent-deep", "note", 4.5},
		{"on-accent", "accent", 4.5}, {"on-accent", "accent-deep", 4.5},
		{"on-panel", "panel", 7}, {"brass", "panel", 4.5},
		{"alert", "alert-paper", 4.5}, {"alert", "paper", 3},
		{"edge", "paper", 3}, {"edge", "sheet", 3},
		{"focus", "paper", 3}, {"focus", "note", 3},
	} {
		for scheme, set := range map[string]map[string]string{"light": lightSet, "dark": darkSet} {
			if got := contrast(t, set[pair.over], set[pair.under]); got < pair.least {
				t.Errorf("%s: %s on %s has contrast %.2f, want %.1f", scheme, pair.over, pair.under, got, pair.least)
			}
		}
	}
}

func hostileDelegation(hostile string) delegationRow {
	return delegationRow{Name: hostile, UserID: hostile, Purpose: hostile, Applications: hostile, Since: hostile, Until: hostile, Used: hostile, End: "/x"}
}
