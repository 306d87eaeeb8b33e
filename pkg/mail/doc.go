// Package mail writes to people by e-mail.
//
// What a mail may say is closed: each message is a type with the variables that it
// has, all variables stand in one list, and a template that names anything else,
// or a message that has a User ID beside a secret, does not load. Nothing about
// patients, no name and no address of a person stands in any of them.
//
// Mails go through package outbox and leave by SMTP over TLS. That senders are
// believed (SPF, DKIM, DMARC) is a matter of the relay and the domain.
//
// Notifications that a mail came back (RFC 3464) are read here too; nothing of them
// is kept but the status code. Receiving them is a mail server's.
package mail
