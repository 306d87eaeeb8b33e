package secret

import "strings"

// Legible is a form for secrets that people read from paper or aloud: groups of
// the 31 capitals and digits that are not taken for each other (no 0 and O, no
// 1, I and L), with hyphens between them. A letter is worth 4.95 bits.
type Legible struct {
	// Groups is how many there are, Length how many letters each has.
	Groups, Length int
}

const legible = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

// longestTyped bounds what is looked at, in bytes.
const longestTyped = 64

// Draw draws a secret.
func (l Legible) Draw() string {
	letters := Draw(legible, l.Groups*l.Length)
	groups := make([]string, l.Groups)
	for i := range groups {
		groups[i] = letters[i*l.Length : (i+1)*l.Length]
	}
	return strings.Join(groups, "-")
}

// Normalize brings what somebody typed into the form that Draw has: capitals, no
// spaces, hyphens where they belong. What cannot be one is "".
func (l Legible) Normalize(typed string) string {
	if len(typed) > longestTyped {
		return ""
	}
	var out strings.Builder
	n := 0
	for _, r := range strings.ToUpper(typed) {
		switch {
		case strings.ContainsRune("-‐‑– \u00a0\t", r):
			continue
		case !strings.ContainsRune(legible, r):
			return ""
		}
		if n > 0 && n%l.Length == 0 {
			out.WriteByte('-')
		}
		out.WriteRune(r)
		n++
	}
	if n != l.Groups*l.Length {
		return ""
	}
	return out.String()
}
