package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// mostArguments is more than any command takes.
const mostArguments = 8

// argumentsError says what is wrong with the number of arguments of a command.
func argumentsError(c *cobra.Command, args []string, check cobra.PositionalArgs) error {
	err := check(c, args)
	if err == nil || c.HasSubCommands() {
		return err
	}
	for n := 1; n <= mostArguments; n++ {
		if check(c, append(slices.Clone(args), make([]string, n)...)) == nil {
			return errors.New(plural(n, "argument is", "arguments are") + " missing")
		}
		if left := len(args) - n; left >= 0 && check(c, args[:left]) == nil {
			return errors.New(plural(n, "argument is", "arguments are") + " too many: " + strings.Join(args[left:], " "))
		}
	}
	return err
}

// How the library notes which flags exclude each other, and of which one is needed.
const (
	exclusiveFlags = "cobra_annotation_mutually_exclusive"
	oneOfFlags     = "cobra_annotation_one_required"
)

// flagGroups says which flags do not go together, or of which one is missing.
func flagGroups(c *cobra.Command) error {
	var said error
	c.Flags().VisitAll(func(f *pflag.Flag) {
		for _, group := range f.Annotations[exclusiveFlags] {
			if given := givenOf(c, group); said == nil && len(given) > 1 {
				said = fmt.Errorf("%s exclude each other", strings.Join(given, " and "))
			}
		}
		for _, group := range f.Annotations[oneOfFlags] {
			if said == nil && len(givenOf(c, group)) == 0 {
				said = fmt.Errorf("one of --%s is missing", strings.ReplaceAll(group, " ", ", --"))
			}
		}
	})
	if said != nil {
		return said
	}
	return c.ValidateFlagGroups()
}

// givenOf are the flags of a group that were given.
func givenOf(c *cobra.Command, group string) (given []string) {
	for name := range strings.FieldsSeq(group) {
		if f := c.Flags().Lookup(name); f != nil && f.Changed {
			given = append(given, "--"+name)
		}
	}
	return given
}

// withoutFile says of a file that is not there that there is none, in the place of the
// call that found it out. Of a file that was to be made, and has a name of ours until it is
// whole, it names the directory.
func withoutFile(err error) string {
	var wrong *fs.PathError
	if !errors.As(err, &wrong) {
		return err.Error()
	}
	dir := filepath.Dir(wrong.Path)
	passing := passingName.MatchString(filepath.Base(wrong.Path))
	missing := errors.Is(wrong.Err, fs.ErrNotExist)
	said := wrong.Error()
	switch _, gone := os.Stat(dir); {
	case missing && errors.Is(gone, fs.ErrNotExist) && passing:
		said = "there is no directory " + dir
	case missing && errors.Is(gone, fs.ErrNotExist):
		said = "there is no file " + wrong.Path + ", and no directory " + dir
	case missing && !passing:
		said = "there is no file " + wrong.Path
	case passing:
		said = "nothing can be written to " + dir + ": " + wrong.Err.Error()
	}
	return strings.Replace(err.Error(), wrong.Error(), said, 1)
}

// passingName is what files are called that are not whole yet.
var passingName = regexp.MustCompile(`^\.(pending|root-key|root-change|probe)-\d+$`)

// free refuses a file that is there already: what a command writes once takes the place of
// nothing.
func free(path string) error {
	_, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err == nil:
		return fmt.Errorf("%s exists already; name a new file", path)
	}
	return err
}

// flagError says what was expected of a flag, in place of what the library says.
func flagError(err error) error {
	var invalid *pflag.InvalidValueError
	var missing *pflag.ValueRequiredError
	var unknown *pflag.NotExistError
	switch {
	case errors.As(err, &invalid):
		name, value := invalid.GetFlag().Name, invalid.GetValue()
		switch invalid.GetFlag().Value.Type() {
		case "duration":
			return fmt.Errorf("--%s %q: a time with its unit is expected, such as 90s, 15m or 8h", name, value)
		case "int", "int64", "uint", "uint64", "uint32", "uint8":
			return fmt.Errorf("--%s %q: a number is expected", name, value)
		case "bool":
			return fmt.Errorf("--%s %q: true or false is expected", name, value)
		}
	case errors.As(err, &missing):
		return fmt.Errorf("--%s wants a value", missing.GetFlag().Name)
	case errors.As(err, &unknown):
		if len(unknown.GetSpecifiedName()) > 1 || unknown.GetSpecifiedShortnames() == "" {
			return fmt.Errorf("there is no flag --%s here", unknown.GetSpecifiedName())
		}
		return fmt.Errorf("there is no flag -%s here", unknown.GetSpecifiedName())
	}
	return err
}
