package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// maxFile bounds a configuration file, in bytes.
const maxFile = 1 << 20

// Problems is every reason why a configuration cannot be used.
type Problems []string

// Error lists the problems, one a line.
func (p Problems) Error() string { return strings.Join(p, "\n") }

// Load reads a file over the defaults. An empty path means the defaults alone.
// What is wrong with the content is reported as Problems, all of it at once.
func Load(path string) (Config, error) {
	c := Default()
	if path == "" {
		return c, nil
	}
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return Config{}, fmt.Errorf("configuration: %w", err)
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return Config{}, fmt.Errorf("configuration: %w", err)
	}
	if len(text) > maxFile {
		return Config{}, Problems{fmt.Sprintf("%s: larger than %d bytes", path, maxFile)}
	}
	return Parse(path, text)
}

// Parse reads the text of a file named path over the defaults.
func Parse(path string, text []byte) (Config, error) {
	c := unfollowed()
	var problems Problems
	strict := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields()
	err := strict.Decode(&c)
	var unknown *toml.StrictMissingError
	switch {
	case errors.As(err, &unknown):
		for i := range unknown.Errors {
			line, column := unknown.Errors[i].Position()
			problems = append(problems, fmt.Sprintf("%s:%d:%d: unknown key %s",
				path, line, column, strings.Join(unknown.Errors[i].Key(), ".")))
		}
		// Decode what is known, so that its problems are told as well.
		c = unfollowed()
		err = toml.Unmarshal(text, &c)
	}
	c.follow()
	var bad *toml.DecodeError
	if errors.As(err, &bad) {
		line, column := bad.Position()
		problems = append(problems, fmt.Sprintf("%s:%d:%d: %s", path, line, column, told(bad, text)))
	} else if err != nil {
		problems = append(problems, fmt.Sprintf("%s: %v", path, err))
	}
	for _, p := range c.problems() {
		problems = append(problems, path+": "+p)
	}
	if len(problems) > 0 {
		return Config{}, problems
	}
	return c, nil
}

// unset is a duration that no file has set, where another key decides the default.
var unset = Of(-1)

// unfollowed is Default without what follows from other keys.
func unfollowed() Config {
	c := Default()
	c.Session.SharedIdle = unset
	return c
}

// follow sets what follows from other keys. A shorter time for everybody is one on shared
// computers too.
func (c *Config) follow() {
	if c.Session.SharedIdle != unset {
		return
	}
	c.Session.SharedIdle = Default().Session.SharedIdle
	if idle := c.Session.Idle; idle.bad == "" && idle.Duration > 0 {
		c.Session.SharedIdle = Of(min(idle.Duration, c.Session.SharedIdle.Duration))
	}
}

// Validate reports everything that is wrong, or nil.
func (c Config) Validate() error {
	if p := c.problems(); len(p) > 0 {
		return p
	}
	return nil
}
