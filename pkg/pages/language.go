package pages

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/text/language"
)

// languageParam is what the links of the language switch carry.
const languageParam = "lang"

// maxAccept is more than the Accept-Language of any browser has.
const maxAccept = 512

// Languages are the tags of the catalogues, for the metadata and the
// configuration.
func Languages() []string {
	var all []string
	for _, t := range catalogues() {
		all = append(all, t.Lang)
	}
	return all
}

// catalogues is every catalogue there is.
func catalogues() []*Texts { return []*Texts{English(), Spanish()} }

// languages chooses among the catalogues. The first is the one that is spoken
// where nothing else is wished for.
type languages struct {
	texts   []*Texts
	matcher language.Matcher
}

func newLanguages(standard string, zone *time.Location) *languages {
	l := &languages{}
	for _, t := range catalogues() {
		t.Common.Moment = inZone(t.Common.Moment, zone)
		if t.Lang == standard {
			l.texts = append([]*Texts{t}, l.texts...)
			continue
		}
		l.texts = append(l.texts, t)
	}
	var tags []language.Tag
	for _, t := range l.texts {
		tags = append(tags, language.MustParse(t.Lang))
	}
	l.matcher = language.NewMatcher(tags)
	return l
}

// inZone has moments said as the clocks of a time zone show them; nil leaves them.
func inZone(moment func(time.Time) string, zone *time.Location) func(time.Time) string {
	if zone == nil {
		return moment
	}
	return func(t time.Time) string { return moment(t.In(zone)) }
}

// of is the catalogue for a request: what the person has chosen on a page of
// ours, now (then it is returned too) or before; else what the application asked
// for (OpenID Connect Core section 3.1.2.1, ui_locales); else what the browser
// asks for (RFC 9110 section 12.5.4).
func (l *languages) of(r *http.Request, before, locales string) (texts *Texts, chosen string) {
	query := url.Values{}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		query = r.URL.Query()
	}
	for _, tag := range []string{query.Get(languageParam), before} {
		for _, t := range l.texts {
			if t.Lang == tag {
				if tag == before {
					return t, ""
				}
				return t, tag
			}
		}
	}
	if locales == "" {
		locales = query.Get("ui_locales")
	}
	if t := l.match(parseLocales(locales)); t != nil {
		return t, ""
	}
	accept := strings.Join(r.Header.Values("Accept-Language"), ",")
	if len(accept) <= maxAccept {
		if wanted, _, err := language.ParseAcceptLanguage(accept); err == nil {
			if t := l.match(wanted); t != nil {
				return t, ""
			}
		}
	}
	return l.texts[0], ""
}

// match is the catalogue that serves the wishes best, or nil.
func (l *languages) match(wanted []language.Tag) *Texts {
	if len(wanted) == 0 {
		return nil
	}
	_, at, confidence := l.matcher.Match(wanted...)
	if confidence == language.No {
		return nil
	}
	return l.texts[at]
}

// maxLocales bounds how many wishes are looked at.
const maxLocales = 16

// parseLocales reads a list of BCP 47 tags in order of preference. What is none
// is passed over: a wish for a language must not be an error.
func parseLocales(locales string) []language.Tag {
	var all []language.Tag
	for tag := range strings.FieldsSeq(locales) {
		if len(all) == maxLocales {
			break
		}
		if parsed, err := language.Parse(tag); err == nil {
			all = append(all, parsed)
		}
	}
	return all
}

// span is a length of time in the unit that it is told in. It rounds up: who comes
// back at the time told is let in. The unit is zero where there is nothing to wait
// for.
func span(d time.Duration) (n, unit time.Duration) {
	switch {
	case d <= 0:
		return 0, 0
	case d < 2*time.Minute && d%time.Minute != 0:
		unit = time.Second
	case d < 2*time.Hour && d%time.Hour != 0:
		unit = time.Minute
	default:
		unit = time.Hour
	}
	return (d + unit - 1) / unit, unit
}

// tongue is one language of the switch.
type tongue struct {
	Lang, Name string
	// Path is this page in that language; empty for the one that it is in.
	Path string
}

// tongues leads to the page of the request in every language. A page that
// answers a form is asked for anew, at the same address. Of the query goes along
// what the page keeps, and nothing else: no page repeats what it does not know.
func (p *printer) tongues() []tongue {
	if p.fleeting {
		return nil
	}
	var all []tongue
	for _, t := range p.languages.texts {
		one := tongue{Lang: t.Lang, Name: t.Name}
		if t.Lang != p.texts.Lang {
			query := url.Values{languageParam: {t.Lang}}
			if p.kept != "" {
				query.Set(p.keeps, p.kept)
			}
			one.Path = (&url.URL{Path: p.request.URL.Path, RawQuery: query.Encode()}).String()
		}
		all = append(all, one)
	}
	return all
}
