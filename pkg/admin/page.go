package admin

// PageInput is how every list is read.
type PageInput struct {
	Cursor string `query:"cursor" maxLength:"200" doc:"The next of the page before; none for the first page."`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
}

// page is one page of a list.
type page[T any] struct {
	Body struct {
		Items []T    `json:"items" nullable:"false"`
		Next  string `json:"next,omitempty" doc:"The cursor of the next page; absent on the last one."`
	}
}

// paged makes a page of what was found, which was limited to a number.
func paged[R, T any](found []R, limit int, show func(R) T, place func(R) string) *page[T] {
	out := &page[T]{}
	out.Body.Items = []T{}
	for _, one := range found {
		out.Body.Items = append(out.Body.Items, show(one))
	}
	if n := len(found); n == limit {
		out.Body.Next = place(found[n-1])
	}
	return out
}

// Named is a resource that is named in the path.
type Named struct {
	ID string `path:"id" pattern:"^[a-z2-7]{26}$" doc:"Its id, as lists show it."`
}

// Matched is a version of a resource that is to be changed.
type Matched struct {
	Named
	IfMatch string `header:"If-Match" maxLength:"40" doc:"The ETag that was read."`
}

// OfAccount is an account whose credentials are to be changed, as it was read or as it is.
type OfAccount struct {
	Named
	IfMatch string `header:"If-Match" maxLength:"40" doc:"The ETag of the account, or of its second factors, that was read; without it, whatever they are."`
}

// Why is a body that says nothing but a reason.
type Why struct {
	Reason string `json:"reason" pattern:"^[a-z][a-z0-9_]{1,39}$" doc:"A code for the audit log, such as left_practice."`
}
