package admin

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// etag is the entity tag of a version (RFC 9110 section 8.8.3).
func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// optionalVersion says that If-Match may be left out.
const optionalVersion = "x-claviger-if-match-optional"

// versioned makes If-Match of an operation one that may be left out: what ends access, or
// brings it back to its owner, must not wait for who has not read it before.
func versioned(op huma.Operation) huma.Operation {
	if op.Extensions == nil {
		op.Extensions = map[string]any{}
	}
	op.Extensions[optionalVersion] = true
	return op
}

// meant is the version that If-Match names, or 0 where nothing is said.
func meant(header string) (int64, error) {
	if header == "" {
		return 0, nil
	}
	return matching(header)
}

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
