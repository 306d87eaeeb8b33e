package language

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	english = "en"
	spanish = "es"
)

// All are the languages in which people can be written to.
func All() []string { return []string{english, spanish} }

// Of is the one of All in which somebody is written to: the nearest to the tag
// (BCP 47) that is known of them, or else standard, which the installation speaks.
// Regions are matched to the language. A tag that is none is passed over.
func Of(tag, standard string) string {
	for _, t := range []string{tag, standard} {
		primary, _, _ := strings.Cut(strings.ToLower(t), "-")
		if slices.Contains(All(), primary) {
			return primary
		}
	}
	return english
}

// Moment says a time in a zone, nil for UTC. Its name stands behind it: where the reader is,
// nobody knows.
func Moment(t time.Time, language string, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	t = t.In(zone)
	if language == spanish {
		months := []string{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"}
		return fmt.Sprintf("%d de %s de %d, %s", t.Day(), months[t.Month()-1], t.Year(), t.Format("15:04 MST"))
	}
	return t.Format("January 2, 2006, 15:04 MST")
}

// Browser says which browser somebody used, by its name where it told one.
func Browser(name, language string) string {
	switch {
	case name != "":
		return name
	case language == spanish:
		return "un navegador que no dice cuál es"
	}
	return "a browser that does not say which it is"
}

// Application says which application people open, to follow "open": by its name, with its
// address where there is one; without a name in general words.
func Application(name, address, language string) string {
	switch {
	case name != "" && address != "":
		return name + " (" + address + ")"
	case name != "":
		return name
	case language == spanish:
		return "la aplicación que utiliza"
	}
	return "the application that you use"
}
