package flow

import "net/url"

// ResumePath is the dispatcher of an interaction: where every step returns to.
func ResumePath(id string) string { return "/interaction/" + url.PathEscape(id) }

// PathFor is the page of a step.
func PathFor(step Step, id string) string { return ResumePath(id) + "/" + string(step) }
