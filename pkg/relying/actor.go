package relying

// Actor is who acts for the subject of a token (RFC 8693 section 4.1). What is done has
// to be recorded with both.
type Actor struct {
	Subject string `json:"sub"`
	// Actor is who acted before, where services call one another.
	Actor *Actor `json:"act"`
}

// Person is the person who acts, for a token with a Delegation: services that passed it
// on come before them. Empty where nobody acts.
func (a *Actor) Person() string {
	if a == nil {
		return ""
	}
	for a.Actor != nil {
		a = a.Actor
	}
	return a.Subject
}

// Delegation is by what a person acts for the subject: the claim delegation.
type Delegation struct {
	ID string `json:"id"`
	// Purpose is treatment, payment or operations.
	Purpose string `json:"purpose"`
	// Expiry is when it ends by itself.
	Expiry Time `json:"exp"`
}
