package dpop

import "strings"

// Challenges are the challenges to a request that came with an Authorization header: the
// one that there is for bearers, and before it the same for who came with the scheme DPoP
// (RFC 9449 section 7.1).
func Challenges(authorization, challenge string) []string {
	scheme, _, _ := strings.Cut(authorization, " ")
	rest, bearer := strings.CutPrefix(challenge, "Bearer ")
	if !bearer || !strings.EqualFold(scheme, "DPoP") || !strings.Contains(rest, "error=") {
		return []string{challenge}
	}
	return []string{"DPoP " + rest + `, algs="` + strings.Join(Algorithms(), " ") + `"`, challenge}
}
