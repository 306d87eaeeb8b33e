package admin

import (
	"net/http"
	"strconv"
	"strings"
)

// etag is the entity tag of a version (RFC 9110 section 8.8.3).
func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// matching is the version that If-Match names. What is changed without saying
// which version is meant could undo what somebody else did a moment ago.
func matching(header string) (int64, error) {
	if header == "" {
		return 0, &precondition{http.StatusPreconditionRequired, codeRequired, "Say in If-Match which version is meant: the ETag that was read."}
	}
	inner, ok := strings.CutPrefix(header, `"`)
	inner, closed := strings.CutSuffix(inner, `"`)
	version, err := strconv.ParseInt(inner, 10, 64)
	if !ok || !closed || err != nil || version < 1 || etag(version) != header {
		return 0, &precondition{http.StatusPreconditionFailed, codeStale, "If-Match is not an ETag of this resource."}
	}
	return version, nil
}
