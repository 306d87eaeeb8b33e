package main

import (
	"fmt"

	"github.com/claviger-id/claviger/pkg/breach"
	"github.com/claviger-id/claviger/pkg/outbound"
)

// corpus opens the list of stolen passwords that the configuration names.
func (in *installation) corpus() (*breach.File, error) {
	f, err := breach.Open(in.config.Password.Breach.CorpusFile)
	if err != nil {
		return nil, fmt.Errorf("password.breach.corpus_file: %w", err)
	}
	return f, nil
}

// screen opens the places where stolen passwords are looked up; nil when the
// configuration names none.
func (in *installation) screen(out *outbound.Client) (*breach.Screen, error) {
	c := in.config.Password.Breach
	s := &breach.Screen{Closed: c.WhenUnknown == "refuse", Log: in.log}
	if c.CorpusFile != "" {
		f, err := in.corpus()
		if err != nil {
			return nil, err
		}
		s.Places = append(s.Places, f)
	}
	if c.RangeURL != "" {
		s.Places = append(s.Places, breach.Range{URL: c.RangeURL, Fetch: out})
	}
	if len(s.Places) == 0 {
		return nil, nil
	}
	return s, nil
}
