package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/pkg/approval"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/storage"
)

// SecondClass is the class of acts of which an operation is one; empty for none.
func SecondClass(operation string) approval.Class { return rules()[operation].Second }

// MayApprove says whether somebody may approve a request, now: a person who may do
// themselves what it asks for, and whoever is on the machine, who could do anything.
// What application owners may not do, they do not approve either: they approve what
// others of them ask for.
func MayApprove(ctx context.Context, tx storage.Tx, who audit.Actor, r approval.Request) (bool, error) {
	rule := rules()[r.Act]
	switch {
	case rule.Second == "":
		return false, nil
	case who.Type == machine:
		return true, nil
	case who.Type != string(storage.OperatorPerson):
		return false, nil
	}
	account, err := tx.People().Get(ctx, who.ID)
	if errors.Is(err, storage.ErrNotFound) || err == nil && account.State != storage.PersonActive {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	has, err := roles(ctx, tx, storage.OperatorPerson, who.ID)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(rule.Roles, func(role Role) bool {
		return slices.Contains(has, string(role)) && (role != RoleApplicationOwner || r.Asker.Role == string(RoleApplicationOwner))
	}), nil
}

// machine is the type of actor at the command line.
const machine = "operator"

// act is what a request asks for, where policy wants a second person for it; nil where it
// does not. A body is put into the form that the second person reads, and is read in that
// form afterwards: what is done is what was shown.
func (a *API) act(op *huma.Operation, r *http.Request, by Caller) (*approval.Act, error) {
	if a.Approvals == nil || !a.Approvals.Asks(a.rules[op.OperationID].Second) {
		return nil, nil //nolint:nilnil // nobody is asked, and nothing is wrong
	}
	said := r.Method + " " + r.URL.RequestURI() + "\n"
	if slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return p.In == "header" && p.Name == "If-Match" }) {
		// What is not understood is not asked for.
		check := matching
		if op.Extensions[optionalVersion] == true {
			check = meant
		}
		if _, err := check(r.Header.Get("If-Match")); err != nil {
			return nil, err
		}
		said += "If-Match: " + r.Header.Get("If-Match") + "\n"
	}
	out := &approval.Act{Name: op.OperationID, By: by.Actor}
	if strings.HasPrefix(op.Path, "/v1/people/{id}") {
		out.PersonID = r.PathValue("id")
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var members any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if decoder.Decode(&members) == nil && !decoder.More() {
		if body, err = json.Marshal(members); err != nil {
			return nil, err
		}
		if m, ok := members.(map[string]any); ok {
			out.Reason, _ = m["reason"].(string)
		}
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	out.Shown = said + "\n" + string(body)
	return out, nil
}

// asks has a second person asked in the first transaction of what was asked for, which is
// tried before and undone: what is wrong with it is said at once. So nothing that such an
// operation does elsewhere comes before its first transaction, or is part of it.
func (a *API) asks(x *exchange) {
	if x.act == nil {
		return
	}
	asking := *a.Approvals
	asking.Store = a.Store
	x.first = func(ctx context.Context, still func(ctx context.Context, tx storage.Tx) error, do func(tx storage.Tx) error) error {
		return asking.Do(ctx, *x.act, still, do)
	}
}

// pointed is a problem with the headers that lead further: to the request that it speaks
// of, or to a token that would do.
func pointed(ctx context.Context, err error) error {
	d := describe(ctx, err)
	var waiting *approval.Waiting
	var wrong *fault.Error
	switch {
	case errors.As(err, &waiting):
		return huma.ErrorWithHeaders(d, http.Header{"Location": {"/v1/approvals/" + waiting.Request.ID}})
	case errors.As(err, &wrong) && wrong.Challenge != "":
		return huma.ErrorWithHeaders(d, http.Header{"Www-Authenticate": {wrong.Challenge}})
	}
	return d
}

// Approvers returns, for each operation of a class, the roles whose holders may do it, and
// so approve it: a person with one of them.
func Approvers(class approval.Class) map[string][]Role {
	all := map[string][]Role{}
	for operation, rule := range rules() {
		if rule.Second == class {
			all[operation] = rule.Roles
		}
	}
	return all
}
