package rotation

import "time"

// Forecast is how many passwords expire when.
type Forecast struct {
	// Overdue have expired, or have to be changed for another reason.
	Overdue int64
	// Days begins with the day of the forecast; a day is one of UTC.
	Days []Day
	// Beyond expire after the last day, Never do not expire.
	Beyond, Never int64
}

// Day is one day of a forecast.
type Day struct {
	Date  time.Time
	Count int64
}

// NewForecast is an empty one of so many days from now on.
func NewForecast(now time.Time, days int) *Forecast {
	f := &Forecast{Days: make([]Day, days)}
	first := now.UTC().Truncate(24 * time.Hour)
	for i := range f.Days {
		f.Days[i].Date = first.AddDate(0, 0, i)
	}
	return f
}

// Add enters one password that expires at the given time.
func (f *Forecast) Add(expires, now time.Time) {
	switch {
	case expires.IsZero():
		f.Never++
	case !expires.After(now):
		f.Overdue++
	default:
		day := int(expires.Sub(f.Days[0].Date) / (24 * time.Hour))
		if day >= len(f.Days) {
			f.Beyond++
			return
		}
		f.Days[day].Count++
	}
}
