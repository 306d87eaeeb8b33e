package pages

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/web"
)

const (
	applyPath     = "/apply"
	appliedPath   = "/apply/received"
	applyRefParam = "reference"
)

// applyField is one field of the form.
type applyField struct {
	Name, Label, Hint, Value, Problem string
	Type, Autocomplete, InputMode     string
	Max                               int
	Required                          bool
	// Focus says that it is the first to be mended.
	Focus bool
}

type applyView struct {
	frame
	Action  string
	Message string
	Fields  []applyField
}

type appliedView struct {
	frame
	Reference string
}

// applyKinds is how a browser treats a field; what is not listed is plain text that
// it does not fill in.
var applyKinds = []struct{ name, typ, autocomplete, mode string }{
	{"given_name", "text", "given-name", ""},
	{"middle_name", "text", "additional-name", ""},
	{"family_name", "text", "family-name", ""},
	{"credential", "text", "honorific-suffix", ""},
	{"npi", "text", "off", "numeric"},
	{"license_number", "text", "off", ""},
	{"license_state", "text", "off", ""},
	{"organization", "text", "organization", ""},
	{"email", "email", "email", ""},
	{"phone", "tel", "tel", ""},
}

// apply shows the form on which people apply for an account.
func (p *Pages) apply(w http.ResponseWriter, r *http.Request) error {
	return p.printApply(w, r, http.StatusOK, person.Profile{}, nil, "")
}

// applyNow hands the application in. Whoever has an account, or has applied
// before, gets the same answer as everybody else.
func (p *Pages) applyNow(w http.ResponseWriter, r *http.Request) error {
	names := make([]string, 0, len(applyKinds))
	for _, k := range applyKinds {
		names = append(names, k.name)
	}
	form, err := p.form(r, names...)
	if err != nil {
		return err
	}
	var written person.Profile
	for _, f := range person.Fields() {
		if form.Has(f.Name) {
			*f.Into(&written) = form.Get(f.Name)
		}
	}
	texts := p.printer(r, nil).texts
	written.Locale = texts.Lang // in which the applicant is written to
	reference, err := p.Apply.Submit(r.Context(), written)
	found := problem.From(err)
	switch {
	case err == nil:
		http.Redirect(w, r, appliedPath+"?"+applyRefParam+"="+reference, http.StatusSeeOther)
		return nil
	case found.Code == problem.Invalid:
		var wrong enroll.Invalid
		if !errors.As(err, &wrong) {
			return err
		}
		return errors.Join(p.printApply(w, r, http.StatusUnprocessableEntity, written, wrong, texts.Apply.Problem), err)
	case found.Code == problem.Limited:
		web.RetryAfter(w, err)
		return errors.Join(p.printApply(w, r, http.StatusTooManyRequests, written, nil, texts.Apply.Limited(texts.Common.Wait(found.RetryAfter))), err)
	}
	return err
}

func (p *Pages) printApply(w http.ResponseWriter, r *http.Request, status int, written person.Profile, wrong enroll.Invalid, message string) error {
	pr := p.printer(r, nil)
	view := applyView{frame: pr.frame(pr.texts.Apply.Title, false), Action: applyPath, Message: message}
	view.Problem = message != ""
	view.Fields = applyFields(pr.texts, written, wrong)
	return pr.print(w, status, "apply", view)
}

func applyFields(texts *Texts, written person.Profile, wrong enroll.Invalid) []applyField {
	rules := map[string]person.Field{}
	for _, f := range person.Fields() {
		rules[f.Name] = f
	}
	hints := map[string]string{"credential": texts.Apply.CredentialHint, "npi": texts.Apply.NPIHint}
	var all []applyField
	for _, k := range applyKinds {
		rule := rules[k.name]
		field := applyField{
			Name: k.name, Label: texts.Apply.Field(k.name), Hint: hints[k.name], Value: shorten(*rule.Into(&written), 4*rule.Max),
			Type: k.typ, Autocomplete: k.autocomplete, InputMode: k.mode, Max: rule.Max, Required: rule.Required,
		}
		if _, bad := wrong[k.name]; bad {
			field.Problem = texts.Apply.Wrong(rule.Flaw(strings.TrimSpace(*rule.Into(&written))))
			field.Focus = !slices.ContainsFunc(all, func(f applyField) bool { return f.Focus })
		}
		all = append(all, field)
	}
	return all
}

// applied says that the application was received. The reference is shown as it
// stands in the address; it opens nothing.
func (p *Pages) applied(w http.ResponseWriter, r *http.Request) error {
	query, err := web.Query(r)
	if err != nil {
		return err
	}
	known := reference(query.Get(applyRefParam))
	pr := p.printer(r, nil)
	pr.keeps, pr.kept = applyRefParam, known
	return pr.print(w, http.StatusOK, "applied", appliedView{
		frame: pr.frame(pr.texts.Apply.ReceivedTitle, false), Reference: known,
	})
}

// reference is s where it has the form of a reference of ours, or empty: what
// somebody else put into a link is not shown as if we said it.
func reference(s string) string {
	if len(s) != 26 {
		return ""
	}
	for i := range len(s) {
		if (s[i] < 'a' || s[i] > 'z') && (s[i] < '2' || s[i] > '7') {
			return ""
		}
	}
	return s
}
