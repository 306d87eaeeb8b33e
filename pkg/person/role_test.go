package person_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claviger-id/claviger/pkg/person"
)

func TestReadRoles(t *testing.T) {
	many := make([]string, person.MaxRoles)
	for i := range many {
		many[i] = fmt.Sprintf("role_%02d", i)
	}
	longest := strings.Repeat("a", 40)
	for name, c := range map[string]struct {
		written, want []string
		problem       string
	}{
		"none":           {written: []string{"", " "}},
		"sorted, once":   {written: []string{" nurse ", "biller", "nurse", ""}, want: []string{"biller", "nurse"}},
		"as many as may": {written: append([]string{"role_00"}, many...), want: many},
		"the longest":    {written: []string{longest}, want: []string{longest}},
		"too many":       {written: append([]string{"one_more"}, many...), problem: "names more than 20 roles"},
		"too long":       {written: []string{longest + "a"}, problem: "not a word"},
		"capitals":       {written: []string{"Nurse"}, problem: "not a word"},
		"a digit first":  {written: []string{"1st"}, problem: "not a word"},
		"two words":      {written: []string{"front desk"}, problem: "not a word"},
		"a formula":      {written: []string{"=cmd()"}, problem: "not a word"},
		"a line end":     {written: []string{"nurse", "bil\nler"}, problem: "not a word"},
		"not UTF-8":      {written: []string{"n\xffrse"}, problem: "not a word"},
	} {
		got, problem := person.ReadRoles(c.written)
		if c.problem == "" && problem != "" || !strings.Contains(problem, c.problem) {
			t.Errorf("%s: %q, want %q", name, problem, c.problem)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
