package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/rotation"
)

// maxForecast is how many weeks are foreseen at most: two years, as long as a
// password lives at most.
const maxForecast = 104

// forecastDocument is the forecast as the command prints it.
type forecastDocument struct {
	Overdue int64         `json:"overdue"`
	Days    []forecastDay `json:"days"`
	Beyond  int64         `json:"beyond"`
	Never   int64         `json:"never"`
}

type forecastDay struct {
	Date    string `json:"date"`
	Expires int64  `json:"expires"`
}

func (p *program) passwordForecastCommand() *cobra.Command {
	var (
		weeks  int
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "forecast [--weeks N]",
		Short: "Show how many passwords expire on each of the coming days",
		Long: `Counts, by day (UTC), the personal passwords that expire under the configuration
as it is now, so that a help desk knows when it will be asked. Overdue are those
that have expired or have to be changed for another reason.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if weeks < 1 || weeks > maxForecast {
				return usageError{errors.New("--weeks must be between 1 and 104")}
			}
			in, err := p.open(cmd.Context(), false)
			if err != nil {
				return err
			}
			defer func() { _ = in.close() }()
			f, err := in.credentials(nil, nil).Forecast(cmd.Context(), 7*weeks)
			if err != nil {
				return err
			}
			return p.printForecast(f, asJSON)
		},
	}
	cmd.Flags().IntVar(&weeks, "weeks", 6, "how many `weeks` to foresee")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, with the days on which nothing expires")
	return cmd
}

func (p *program) printForecast(f *rotation.Forecast, asJSON bool) error {
	d := forecastDocument{Overdue: f.Overdue, Beyond: f.Beyond, Never: f.Never}
	for _, day := range f.Days {
		d.Days = append(d.Days, forecastDay{day.Date.Format("2006-01-02"), day.Count})
	}
	if asJSON {
		return json.NewEncoder(p.stdout).Encode(d)
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(w, "DAY\tEXPIRE\noverdue\t%d\n", d.Overdue)
	for _, day := range d.Days {
		if day.Expires > 0 {
			_, _ = fmt.Fprintf(w, "%s\t%d\n", day.Date, day.Expires)
		}
	}
	_, _ = fmt.Fprintf(w, "later\t%d\nnever\t%d\n", d.Beyond, d.Never)
	return w.Flush()
}
