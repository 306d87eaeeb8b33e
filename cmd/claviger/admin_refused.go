package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/claviger-id/claviger/pkg/outbound"
)

// refusedCall says why the admin API refused a request: what stands in its problem
// document (RFC 9457 section 3.1), and in the headers that say what to do.
func refusedCall(answer outbound.Response) error {
	var problem struct {
		Type, Detail, Instance string
		Errors                 []struct{ Location, Message string }
	}
	status := fmt.Sprintf("%d %s", answer.Status, http.StatusText(answer.Status))
	kind, _, _ := strings.Cut(answer.Header.Get("Content-Type"), ";")
	if !strings.HasSuffix(kind, "json") || json.Unmarshal(answer.Body, &problem) != nil {
		return errors.New(status + ", and no word why: this is not how the admin API answers; something stands before it")
	}
	said := []string{status + ": " + cells(problem.Detail)}
	line := func(name, value string) {
		if value != "" {
			said = append(said, "  "+cells(name)+": "+cells(value))
		}
	}
	for _, one := range problem.Errors {
		line(one.Location, one.Message)
	}
	for _, name := range []string{"Location", "Retry-After"} {
		line(name, answer.Header.Get(name))
	}
	line("type", problem.Type)
	line("instance", problem.Instance)
	return errors.New(strings.Join(said, "\n"))
}
