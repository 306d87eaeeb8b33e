package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/enroll"
)

type listRejectsInput struct {
	Named
	Cursor string `query:"cursor" maxLength:"64" doc:"The next of the page before; none for the first page."`
}

func (a *API) listRejects() {
	handle(a, huma.Operation{
		OperationID: "list-rejected-rows", Method: http.MethodGet, Path: "/v1/jobs/{id}/rejected", Tags: []string{"Jobs"},
		Summary: "List the rows of a roster that cannot be used", Description: "With line, column, reason and NPI, and nothing else of the row. One page has what one batch of the import found. That they were read is recorded.",
	}, func(ctx context.Context, by Caller, in *listRejectsInput) (*page[enroll.BadRow], error) {
		place, err := opened(in.Cursor)
		if err != nil {
			return nil, err
		}
		var from int64
		if place != "" {
			if from, err = strconv.ParseInt(place, 10, 32); err != nil || from < 1 {
				return nil, errCursor
			}
		}
		parts, err := a.Jobs.Output(ctx, in.ID, from, 2, by.Actor)
		if err != nil {
			return nil, err
		}
		out := &page[enroll.BadRow]{}
		out.Body.Items = []enroll.BadRow{}
		if len(parts) == 0 {
			return out, nil
		}
		for d := json.NewDecoder(bytes.NewReader(parts[0])); ; {
			var row enroll.BadRow
			if err := d.Decode(&row); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return nil, err
			}
			out.Body.Items = append(out.Body.Items, row)
		}
		if len(parts) > 1 {
			out.Body.Next = cursor(strconv.FormatInt(from+1, 10))
		}
		return out, nil
	})
}
