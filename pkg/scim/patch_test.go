package scim

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ana is a user as RFC 7643 section 8.2 has one, with what is kept here.
const ana = `{"schemas":["` + userSchema + `"],"id":"a","userName":"ana","active":true,"name":{"familyName":"Lopez","givenName":"Ana"},
	"emails":[{"value":"w@example.org","type":"work","primary":true},{"value":"h@example.org","type":"home"}]}`

// many adds as many addresses.
func many(from, to int) string {
	var all []string
	for i := from; i < to; i++ {
		all = append(all, fmt.Sprintf(`{"value":"%d@example.org"}`, i))
	}
	return `{"op":"add","path":"emails","value":[` + strings.Join(all, ",") + `]}`
}

// TestPatch: the examples of RFC 7644 section 3.5.2, and what directories send.
func TestPatch(t *testing.T) {
	for name, c := range map[string]struct{ operations, changed, fault string }{
		"replace a simple attribute":         {`{"op":"replace","path":"nickName","value":"Anita"}`, `{"nickName":"Anita"}`, ""},
		"replace a sub-attribute":            {`{"op":"replace","path":"name.familyName","value":"Diaz"}`, `{"name":{"familyName":"Diaz","givenName":"Ana"}}`, ""},
		"names in another case":              {`{"op":"replace","path":"NAME.FAMILYNAME","value":"Diaz"}`, `{"name":{"familyName":"Diaz","givenName":"Ana"}}`, ""},
		"a complex attribute is merged":      {`{"op":"replace","path":"name","value":{"familyName":"Diaz"}}`, `{"name":{"familyName":"Diaz","givenName":"Ana"}}`, ""},
		"with the schema":                    {`{"op":"replace","path":"` + userSchema + `:locale","value":"es"}`, `{"locale":"es"}`, ""},
		"the extension":                      {`{"op":"add","path":"` + clinicianSchema + `:taxonomy","value":"2084P0800X"}`, `{"` + clinicianSchema + `":{"taxonomy":"2084P0800X"}}`, ""},
		"the extension in the value":         {`{"op":"add","value":{"` + clinicianSchema + `":{"licenseState":"CA"}}}`, `{"` + clinicianSchema + `":{"licenseState":"CA"}}`, ""},
		"a chosen value":                     {`{"op":"replace","path":"emails[type eq \"home\"].value","value":"n@example.org"}`, `{"emails":[{"value":"w@example.org","type":"work","primary":true},{"value":"n@example.org","type":"home"}]}`, ""},
		"remove a chosen value":              {`{"op":"remove","path":"emails[type eq \"home\" and value ew \"example.org\"]"}`, `{"emails":[{"value":"w@example.org","type":"work","primary":true}]}`, ""},
		"remove all values":                  {`{"op":"remove","path":"emails"}`, `{"emails":null}`, ""},
		"add a value":                        {`{"op":"add","path":"emails","value":[{"value":"x@example.org"}]}`, `{"emails":[{"value":"w@example.org","type":"work","primary":true},{"value":"h@example.org","type":"home"},{"value":"x@example.org"}]}`, ""},
		"add one that is there":              {`{"op":"add","path":"emails","value":[{"value":"h@example.org","type":"home"}]}`, `{}`, ""},
		"another primary one":                {`{"op":"add","path":"emails","value":[{"value":"x@example.org","primary":true}]}`, `{"emails":[{"value":"w@example.org","type":"work","primary":false},{"value":"h@example.org","type":"home"},{"value":"x@example.org","primary":true}]}`, ""},
		"replace all values":                 {`{"op":"replace","path":"emails","value":[{"value":"x@example.org"}]}`, `{"emails":[{"value":"x@example.org"}]}`, ""},
		"several operations":                 {`{"op":"replace","path":"nickName","value":"A"},{"op":"remove","path":"nickName"}`, `{}`, ""},
		"Entra: capitals and a string":       {`{"op":"Replace","path":"active","value":"False"}`, `{"active":false}`, ""},
		"Entra: paths in the value":          {`{"op":"replace","value":{"name.familyName":"Diaz","name.givenName":"Eva","emails[type eq \"work\"].value":"e@example.org"}}`, `{"name":{"familyName":"Diaz","givenName":"Eva"},"emails":[{"value":"e@example.org","type":"work","primary":true},{"value":"h@example.org","type":"home"}]}`, ""},
		"Entra: add where there is none":     {`{"op":"Add","path":"phoneNumbers[type eq \"work\"].value","value":"555"}`, `{"phoneNumbers":[{"type":"work","value":"555"}]}`, ""},
		"Entra: what is not kept":            {`{"op":"Add","path":"title","value":"Nurse"},{"op":"Add","path":"` + enterprise + `:department","value":"X"},{"op":"Add","path":"addresses[type eq \"work\"].formatted","value":"X"}`, `{}`, ""},
		"Okta: an object":                    {`{"op":"replace","value":{"active":false}}`, `{"active":false}`, ""},
		"read-only in an object":             {`{"op":"replace","value":{"id":"b","meta":{"version":"x"},"locale":"es"}}`, `{"locale":"es"}`, ""},
		"read-only outright":                 {`{"op":"replace","path":"id","value":"b"}`, "", mutability},
		"read-only in the extension":         {`{"op":"replace","path":"` + clinicianSchema + `:userId","value":"root"}`, "", mutability},
		"a required attribute":               {`{"op":"remove","path":"userName"}`, "", mutability},
		"a required sub-attribute":           {`{"op":"remove","path":"name.familyName"}`, "", mutability},
		"no path for what is to be removed":  {`{"op":"remove"}`, "", noTarget},
		"nothing is chosen":                  {`{"op":"replace","path":"emails[type eq \"other\"].value","value":"x"}`, "", noTarget},
		"nothing there":                      {`{"op":"replace","path":"shoeSize","value":"x"}`, "", invalidPath},
		"no path at all":                     {`{"op":"replace","path":"emails[","value":"x"}`, "", invalidPath},
		"a filter of another attribute":      {`{"op":"replace","path":"emails[familyName eq \"x\"].value","value":"x"}`, "", invalidPath},
		"a filter where there are no values": {`{"op":"replace","path":"name[familyName eq \"x\"].givenName","value":"x"}`, "", invalidPath},
		"another kind":                       {`{"op":"replace","path":"userName","value":7}`, "", invalidValue},
		"a value without a path":             {`{"op":"replace","value":"x"}`, "", invalidValue},
		"remove an address named":            {`{"op":"add","path":"addresses","value":[{"locality":"A"},{"locality":"B"}]},{"op":"remove","path":"addresses","value":[{"locality":"A"}]}`, `{"addresses":[{"locality":"B"}]}`, ""},
		"remove of several":                  {`{"op":"remove","path":"emails[value pr]"}`, `{"emails":[]}`, ""},
		"too many values in all":             {many(0, 600) + `,` + many(600, 1200), "", tooMany},
		"as many, many times over":           {many(0, 900) + `,` + many(0, 900) + `,{"op":"replace","path":"emails","value":[{"value":"x@example.org"}]}`, `{"emails":[{"value":"x@example.org"}]}`, ""},
		"no operation":                       {``, "", invalidSyntax},
		"another operation":                  {`{"op":"move","path":"userName"}`, "", invalidSyntax},
	} {
		var resource, want map[string]any
		if err := json.Unmarshal([]byte(ana), &resource); err != nil {
			t.Fatal(err)
		}
		all, err := patches([]byte(`{"Operations":[` + c.operations + `]}`))
		if err == nil {
			err = users().patch(resource, all)
		}
		var wrong *Error
		if errors.As(err, &wrong); c.fault != "" {
			if wrong == nil || wrong.Status != 400 || wrong.Type != c.fault {
				t.Errorf("%s: %v, want %s", name, err, c.fault)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := json.Unmarshal([]byte(ana), &want); err != nil {
			t.Fatal(err)
		}
		var changed map[string]any
		if err := json.Unmarshal([]byte(c.changed), &changed); err != nil {
			t.Fatal(err)
		}
		for name, value := range changed {
			if want[name] = value; value == nil {
				delete(want, name)
			}
		}
		for _, m := range []map[string]any{want, resource} { // an object without members is none
			if len(m) > 0 {
				if e, ok := m["addresses"].([]any); ok && len(e) == 0 {
					delete(m, "addresses")
				}
			}
		}
		if d := cmp.Diff(want, resource); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

// FuzzPatch: whatever is sent, the resource stays one that can be written.
func FuzzPatch(f *testing.F) {
	f.Add(`{"Operations":[{"op":"add","path":"emails[type eq \"work\"].value","value":"x"}]}`)
	f.Add(`{"Operations":[{"op":"replace","value":{"name.familyName":null,"emails":["a"],"active":"True"}}]}`)
	f.Add(`{"Operations":[{"op":"remove","path":"emails[not (value pr)]"},{"op":"add","path":"addresses","value":{"type":1}}]}`)
	f.Fuzz(func(t *testing.T, body string) {
		var resource map[string]any
		if err := json.Unmarshal([]byte(ana), &resource); err != nil {
			t.Fatal(err)
		}
		all, err := patches([]byte(body))
		if err != nil || users().patch(resource, all) != nil {
			return
		}
		if resource["id"] != "a" {
			t.Errorf("the id is %v", resource["id"])
		}
		if _, err := users().resource(resource); err != nil {
			t.Errorf("not a resource any more: %v", err)
		}
	})
}

// FuzzFilter: a filter that is taken can be applied to anything.
func FuzzFilter(f *testing.F) {
	for _, s := range []string{`userName eq "a" and not (emails[type eq "work"] or active eq true)`, `meta.created gt "2020"`, `schemas eq "x"`, `name pr`, `emails.primary eq "True"`, `addresses eq null`} {
		f.Add(s)
	}
	var resource map[string]any
	if err := json.Unmarshal([]byte(ana), &resource); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(_ *testing.T, text string) {
		if e, err := parseFilter(users(), text); err == nil {
			matches(users(), e, resource)
			_, _ = anchors(users(), e, indexedUsers())
		}
	})
}
