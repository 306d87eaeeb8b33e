package pages

import (
	"regexp"
	"strings"
	"testing"
)

// TestWhatIsWrongHasTheFocus: a form that was refused comes back with the focus in the
// field that is wrong, and the field says why, in all languages. A passkey that did not
// work is no field.
func TestWhatIsWrongHasTheFocus(t *testing.T) {
	fields := regexp.MustCompile(`<input [^>]*type="(?:text|email|tel|password|date|radio|checkbox)"[^>]*>`)
	described := regexp.MustCompile(`aria-describedby="(?:[^"]* )?(?:alert|[a-z_]+-problem)[ "]`)
	p := galleryPages()
	for _, lang := range Languages() {
		looked := 0
		for name, e := range gallery(p, lang) {
			page := string(printed(t, p, e))
			all := fields.FindAllString(page, -1)
			if !strings.Contains(page, `role="alert"`) || len(all) == 0 || strings.Contains(page, "data-passkey") {
				continue
			}
			looked++
			var focused []string
			for _, field := range all {
				if strings.Contains(field, " autofocus") {
					focused = append(focused, field)
				}
			}
			if len(focused) != 1 {
				t.Errorf("%s, %s: %d fields ask for the focus", name, lang, len(focused))
			} else if !described.MatchString(focused[0]) {
				t.Errorf("%s, %s: what has the focus does not say what is wrong: %s", name, lang, focused[0])
			}
		}
		if looked < 10 {
			t.Errorf("%s: %d refused forms are in the gallery", lang, looked)
		}
	}
}
