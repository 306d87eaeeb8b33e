package oidc_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// modules are tests by the name of the module of the suite whose checks they
// make.
type modules map[string]func(*testing.T)

// run runs all of them in one world, in the order of their names.
func (m modules) run(w *world) {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		w.run(name, m[name])
	}
}

// fapiVariants are the variants of the plans of FAPI 2.0 that we have tests of.
func fapiVariants(plan string) []variant {
	if plan == messageSigning {
		return []variant{{auth: "private_key_jwt", bound: "dpop", signed: true}, {auth: "mtls", bound: "mtls", signed: true}}
	}
	return []variant{
		{auth: "private_key_jwt", bound: "dpop"}, {auth: "private_key_jwt", bound: "mtls"}, {auth: "mtls", bound: "dpop"}, {auth: "mtls", bound: "mtls"},
	}
}

const (
	securityProfile = "fapi2-security-profile-final-test-plan"
	messageSigning  = "fapi2-message-signing-final-test-plan"
)

// TestEveryModuleOfThePlans: testdata/plans.json lists the modules of the plans,
// those that are only for some variants of it, and why others are left out.
// There is a test of every other one, and of none that the plan does not have.
func TestEveryModuleOfThePlans(t *testing.T) {
	text, err := os.ReadFile("testdata/plans.json")
	if err != nil {
		t.Fatal(err)
	}
	var listed struct {
		Plans map[string]struct {
			Modules []string            `json:"modules"`
			Only    map[string][]string `json:"only"`
			LeftOut map[string]string   `json:"left_out"`
		} `json:"plans"`
	}
	if err := json.Unmarshal(text, &listed); err != nil {
		t.Fatal(err)
	}
	compare := func(name, plan string, v variant, have modules) {
		t.Run(name, func(t *testing.T) {
			p, ok := listed.Plans[plan]
			if !ok {
				t.Fatal("not listed")
			}
			want := slices.DeleteFunc(slices.Clone(p.Modules), func(m string) bool {
				for property, only := range p.Only {
					if slices.Contains(only, m) && !v.is(property) {
						return true
					}
				}
				return p.LeftOut[m] != ""
			})
			slices.Sort(want)
			if diff := cmp.Diff(want, slices.Sorted(maps.Keys(have))); diff != "" {
				t.Errorf("modules of the plan, and tests (+):\n%s", diff)
			}
			for m := range p.LeftOut {
				if !slices.Contains(p.Modules, m) {
					t.Errorf("%s is left out of a plan that does not have it", m)
				}
			}
		})
		delete(listed.Plans, name)
	}
	w := &world{}
	for plan, have := range map[string]modules{
		"oidcc-basic-certification-test-plan":                           basicModules(w, ""),
		"oidcc-formpost-basic-certification-test-plan":                  basicModules(w, "form_post"),
		"oidcc-config-certification-test-plan":                          configModules(w),
		"oidcc-rp-initiated-logout-certification-test-plan":             rpInitiatedLogoutModules(w),
		"oidcc-backchannel-rp-initiated-logout-certification-test-plan": backChannelLogoutModules(w),
	} {
		compare(plan, plan, variant{}, have)
	}
	for _, plan := range []string{securityProfile, messageSigning} {
		for _, v := range fapiVariants(plan) {
			compare(plan+","+v.String(), plan, v, fapiModules(&fapi{variant: v}))
		}
		delete(listed.Plans, plan)
	}
	for plan := range listed.Plans {
		t.Errorf("no tests of %s", plan)
	}
}

// TestDefectsAreListed: docs/adr/0004 names every test about a defect of the
// engine, and none that there is not.
func TestDefectsAreListed(t *testing.T) {
	text, err := os.ReadFile("../docs/adr/0004-fosite-behind-a-seam.md")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, m := range regexp.MustCompile("`(Test[A-Za-z]+)(?:/([a-z0-9-]+))?`").FindAllStringSubmatch(string(text), -1) {
		if m[2] != "" {
			named[m[2]] = true
			continue
		}
		files, err := filepath.Glob("*_test.go")
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(files, func(file string) bool {
			code, err := os.ReadFile(file)
			return err == nil && strings.Contains(string(code), "func "+m[1]+"(")
		}) {
			t.Errorf("there is no %s", m[1])
		}
	}
	have := slices.Sorted(maps.Keys(engineDefects(&world{})))
	if diff := cmp.Diff(slices.Sorted(maps.Keys(named)), have); diff != "" {
		t.Errorf("tests that the record names, and tests (+):\n%s", diff)
	}
}
