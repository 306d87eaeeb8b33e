package main

import (
	"context"
	"fmt"
)

// mail checks whether the relay lets us in.
func (d *doctor) mail(ctx context.Context) {
	const check = "mail"
	c := d.in.config.Mail
	if c.Host == "" {
		d.found(check, findingSkipped, "nothing is mailed", "")
		return
	}
	relay, err := d.in.smtp()
	if err == nil {
		err = relay.Check(ctx)
	}
	at := fmt.Sprintf("%s:%d", c.Host, c.Port)
	if err != nil {
		d.found(check, findingFailed, at+": "+err.Error(), "check mail.host, mail.port, mail.ca_file, mail.user and mail.password_file, and that the relay can be reached from here")
		return
	}
	if c.InsecurePlaintext {
		d.found(check, findingWarning, "what is mailed goes to "+at+" without TLS", "have the relay offer STARTTLS, and take mail.insecure_plaintext away; links to passwords are in these mails")
		return
	}
	d.found(check, findingOK, at+" lets us in", "")
}
