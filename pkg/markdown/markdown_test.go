package markdown_test

import (
	"strings"
	"testing"

	"github.com/claviger-id/claviger/pkg/markdown"
)

func TestHTML(t *testing.T) {
	for name, tc := range map[string]struct{ source, want string }{
		"headings begin below the page's": {"# One\n\n###### Six", "<h2>One</h2>\n<h6>Six</h6>\n"},
		"a list":                          {"* a\n* b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"},
		"a link":                          {"[us](https://harbor.example/a?b=1&c)", "<p><a href=\"https://harbor.example/a?b=1&amp;c\">us</a></p>\n"},
		"an image":                        {"![the *mark*](https://harbor.example/x.png)", "<p>the <em>mark</em></p>\n"},
		"text that looks like HTML":       {"1 < 2 & `<b>`", "<p>1 &lt; 2 &amp; <code>&lt;b&gt;</code></p>\n"},
	} {
		got, err := markdown.HTML([]byte(tc.source))
		if err != nil || string(got) != tc.want {
			t.Errorf("%s: %q, %v, want %q", name, got, err, tc.want)
		}
	}
}

func TestHTMLRunsNothing(t *testing.T) {
	for _, source := range []string{
		"<script>alert(1)</script>", "a <img src=x onerror=alert(1)> b", "<style>*{display:none}</style>", "<form action=//evil.example>",
		"[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](data:text/html;base64,PHNjcmlwdD4=)", "[x](vbscript:x)",
		"![x](javascript:alert(1))", "<javascript:alert(1)>", "[x]: javascript:alert(1)\n\n[x]", `[x](https://a.example/"onmouseover="alert(1))`,
	} {
		got, err := markdown.HTML([]byte(source))
		if err != nil {
			t.Errorf("%q: %v", source, err)
		}
		lower := strings.ToLower(string(got))
		for _, bad := range []string{"<script", "<style", "<form", "<img", "href=\"javascript", "href=\"data", "href=\"vbscript", "\" onm", "\"onm"} {
			if strings.Contains(lower, bad) {
				t.Errorf("%q came out as %q", source, got)
			}
		}
	}
}

func TestHTMLRefuses(t *testing.T) {
	for name, source := range map[string]string{
		"nothing": " \n", "too much": strings.Repeat("a", markdown.MaxSize+1), "no text": "\xff\xfe",
	} {
		if got, err := markdown.HTML([]byte(source)); err == nil {
			t.Errorf("%s: %q", name, got)
		}
	}
}
