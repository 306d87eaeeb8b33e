package admin

import (
	"encoding/base64"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/claviger-id/claviger/pkg/problem"
)

var idForm = regexp.MustCompile(`^[a-z2-7]{26}$`)

// errCursor refuses what was not given here.
var errCursor = problem.New(problem.Invalid, "The cursor is not one that was given here.")

// cursorVersion begins the text of every cursor.
const cursorVersion = "1:"

// cursor stands for the place after something in a list.
func cursor(place string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(cursorVersion + place))
}

// opened is the place that a cursor stands for; empty for no cursor.
func opened(cursor string) (string, error) {
	if cursor == "" {
		return "", nil
	}
	text, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	place, ok := strings.CutPrefix(string(text), cursorVersion)
	if err != nil || !ok || place == "" {
		return "", errCursor
	}
	return place, nil
}

// after is the id that a cursor stands for.
func after(cursor string) (string, error) {
	id, err := opened(cursor)
	if err == nil && id != "" && !idForm.MatchString(id) {
		err = errCursor
	}
	return id, err
}

var parcelForm = regexp.MustCompile(`^[0-9a-f]{12}[a-z2-7]{26}$`)

// afterParcel is the id of what was sent that a cursor stands for.
func afterParcel(cursor string) (string, error) {
	id, err := opened(cursor)
	if err == nil && id != "" && !parcelForm.MatchString(id) {
		err = errCursor
	}
	return id, err
}

// moment is the place after something that has a time and an id.
func moment(at time.Time, id string) string {
	return cursor(strconv.FormatInt(at.UnixMicro(), 10) + ":" + id)
}

// afterMoment is the time and the id that a cursor stands for.
func afterMoment(cursor string) (at time.Time, id string, err error) {
	place, err := opened(cursor)
	if err != nil || place == "" {
		return time.Time{}, "", err
	}
	micros, id, ok := strings.Cut(place, ":")
	n, err := strconv.ParseInt(micros, 10, 64)
	if !ok || err != nil || n < 1 || !eventOrID.MatchString(id) {
		return time.Time{}, "", errCursor
	}
	return time.UnixMicro(n).UTC(), id, nil
}

var eventOrID = regexp.MustCompile(`^[0-9a-z]{26}$`)
