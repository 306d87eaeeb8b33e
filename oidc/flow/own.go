package flow

import "time"

// fresh is how long an authentication does for what must not be done by whoever
// finds a browser, such as changing factors (ASVS 7.5.1), in seconds.
const fresh = 10 * 60

// OwnRequest is a request for a page of this service.
func OwnRequest(path string, at time.Time) Request { return Request{Own: path, ReceivedAt: at} }

// SwitchRequest is the same for who may want to see the page as somebody else.
func SwitchRequest(path string, at time.Time) Request {
	return Request{Own: path, ReceivedAt: at, Prompt: []string{"select_account"}}
}

// FreshRequest is the same for a page whose person has to have authenticated a
// short while ago, with a second factor where there is one.
func FreshRequest(path string, at time.Time) Request {
	age := int64(fresh)
	return Request{Own: path, ReceivedAt: at, MaxAge: &age, ACRValues: []string{ACRMFA}}
}
