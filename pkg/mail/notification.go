package mail

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"net/textproto"
	"strings"
)

// What a notification may have: anybody can write to the mailbox.
const (
	maxNotification = 256 << 10 // bytes
	maxParts        = 8
	maxRecipients   = 16
	maxBoundary     = 70 // RFC 2046 section 5.1.1
)

// What may be wrong with a notification. Nothing of its text stands in these:
// they end in the log of a mail server.
var (
	errNotNotification = errors.New("mail: this is no delivery status notification (RFC 3464) that can be read")
	errTooLarge        = fmt.Errorf("mail: the notification has more than %d bytes", maxNotification)
	errTooManyParts    = fmt.Errorf("mail: the notification has more than %d parts", maxParts)
	errTooManyPeople   = fmt.Errorf("mail: the notification has more than %d recipients", maxRecipients)
	errPartTwice       = errors.New("mail: the notification has the status or the returned mail twice")
	errNoStatus        = errors.New("mail: the notification has no status (RFC 3464 section 2.3.4) of a recipient that can be read")
	errNoMail          = errors.New("mail: the notification returns no mail with one Message-ID")
)

// ErrUnknown is what there is to say about a mail that is not ours.
var ErrUnknown = errors.New("mail: the mail that the notification returns is not one of this installation, or is older than 90 days")

// Notification is what we take from a delivery status notification (RFC 3464),
// and all that is kept of one.
type Notification struct {
	// Mail is the ID that the returned mail has in the outbox, by its own word.
	Mail string
	// Status is a status code of RFC 3463, such as 5.1.1.
	Status string
	// Final says that nobody got the mail, or will: that it was refused for good
	// (class 5), or that a server has given up after a refusal for the time being
	// (class 4, as in 4.4.7). RFC 3464 section 2.3.3 calls both "failed".
	Final bool
}

// ReadNotification reads a notification as a mail server hands it to a program,
// with or without the line before it that names the sender. Whoever wrote it is
// not known: it proves only that they have seen the Message-ID.
func ReadNotification(r io.Reader) (Notification, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxNotification+1))
	if err != nil {
		return Notification{}, fmt.Errorf("mail: the notification cannot be read: %w", err)
	}
	if len(text) > maxNotification {
		return Notification{}, errTooLarge
	}
	if bytes.HasPrefix(text, []byte("From ")) {
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	m, err := netmail.ReadMessage(bytes.NewReader(text))
	if err != nil {
		return Notification{}, errNotNotification
	}
	kind, ok := single(textproto.MIMEHeader(m.Header), "Content-Type")
	media, parameters, err := mime.ParseMediaType(kind)
	// RFC 6522 section 3.
	if !ok || err != nil || media != "multipart/report" || !strings.EqualFold(parameters["report-type"], "delivery-status") {
		return Notification{}, errNotNotification
	}
	boundary := parameters["boundary"]
	if boundary == "" || len(boundary) > maxBoundary {
		return Notification{}, errNotNotification
	}
	return readParts(multipart.NewReader(m.Body, boundary))
}

// readParts reads the parts side by side. What is inside of a part is not looked
// into: a mail that was returned may itself hold a notification.
func readParts(parts *multipart.Reader) (n Notification, err error) {
	for count := 0; ; count++ {
		part, err := parts.NextPart()
		if err == io.EOF { //nolint:errorlint // a wrapped one is a text that ends too early
			break
		}
		if err != nil {
			return Notification{}, errNotNotification
		}
		if count == maxParts {
			return Notification{}, errTooManyParts
		}
		media, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		switch media {
		case "message/delivery-status":
			if n.Status != "" {
				return Notification{}, errPartTwice
			}
			n.Status, n.Final, err = readStatus(part)
		case "message/rfc822", "text/rfc822-headers":
			if n.Mail != "" {
				return Notification{}, errPartTwice
			}
			n.Mail, err = readReturned(part)
		}
		if err != nil {
			return Notification{}, err
		}
	}
	switch {
	case n.Status == "":
		return Notification{}, errNoStatus
	case n.Mail == "":
		return Notification{}, errNoMail
	}
	return n, nil
}

// readStatus returns the mildest status of the recipients, and whether all have
// failed: a mail that reached anybody, or still may, has not bounced.
func readStatus(r io.Reader) (mildest string, final bool, err error) {
	fields := textproto.NewReader(bufio.NewReader(r))
	final = true
	for groups, end := 0, false; !end; {
		group, err := fields.ReadMIMEHeader()
		if end = errors.Is(err, io.EOF); err != nil && !end {
			return "", false, errNotNotification
		}
		if len(group) == 0 {
			continue
		}
		if groups++; groups == 1 {
			continue // RFC 3464 section 2.1: the first is about the message
		}
		if groups > maxRecipients+1 {
			return "", false, errTooManyPeople
		}
		status, failed, err := recipientStatus(group)
		if err != nil {
			return "", false, err
		}
		final = final && failed
		if mildest == "" || status[0] < mildest[0] {
			mildest = status
		}
	}
	if mildest == "" {
		return "", false, errNoStatus
	}
	return mildest, final, nil
}

func recipientStatus(group textproto.MIMEHeader) (status string, failed bool, err error) {
	action, ok := single(group, "Action")
	text, known := single(group, "Status")
	if !ok || !known {
		return "", false, errNoStatus
	}
	status = firstWord(text)
	if !isStatus(status) {
		return "", false, errNoStatus
	}
	// RFC 3464 section 2.3.3: what has failed for good is neither delayed nor
	// delivered, and what has succeeded did not fail; who says both is not believed.
	failed = strings.EqualFold(firstWord(action), "failed")
	if status[0] == '5' && !failed || status[0] == '2' && failed {
		return "", false, errNoStatus
	}
	return status, failed, nil
}

// firstWord is a value without the comment that may follow it (RFC 3464 section
// 2.1.1).
func firstWord(value string) string {
	if i := strings.IndexAny(value, " \t("); i >= 0 {
		return value[:i]
	}
	return value
}

// isStatus: class, subject and detail (RFC 3463 section 2), without leading zeros
// (RFC 3464 section 2.3.4).
func isStatus(s string) bool {
	class, rest, _ := strings.Cut(s, ".")
	subject, detail, _ := strings.Cut(rest, ".")
	return (class == "2" || class == "4" || class == "5") && isStatusNumber(subject) && isStatusNumber(detail)
}

func isStatusNumber(s string) bool {
	if len(s) < 1 || len(s) > 3 || len(s) > 1 && s[0] == '0' {
		return false
	}
	return !strings.ContainsFunc(s, func(c rune) bool { return c < '0' || c > '9' })
}

// readReturned finds out which mail it was. Only the header is read; it may be
// all that came back.
func readReturned(r io.Reader) (string, error) {
	header, err := textproto.NewReader(bufio.NewReader(r)).ReadMIMEHeader()
	if err != nil && !errors.Is(err, io.EOF) {
		return "", errNotNotification
	}
	id, ok := single(header, "Message-Id")
	if !ok {
		return "", errNoMail
	}
	return mailOf(id)
}

// messageID is what a mail of the outbox is called outside (RFC 5322 section
// 3.6.4), without the brackets.
func messageID(mailID, from string) string { return mailID + "@" + domain(from) }

// maxMailID is more than an ID of the outbox has.
const maxMailID = 64

// mailOf is the way back. The domain is not compared: the sender may have been
// another one when the mail left, and the ID alone cannot be guessed.
func mailOf(id string) (string, error) {
	inner, opened := strings.CutPrefix(id, "<")
	inner, closed := strings.CutSuffix(inner, ">")
	mailID, _, whole := strings.Cut(inner, "@")
	other := func(c rune) bool { return (c < '0' || c > '9') && (c < 'a' || c > 'z') }
	if !opened || !closed || !whole || mailID == "" || len(mailID) > maxMailID || strings.ContainsFunc(mailID, other) {
		return "", ErrUnknown
	}
	return mailID, nil
}

// single returns a field that stands there once.
func single(h textproto.MIMEHeader, name string) (string, bool) {
	values := h.Values(name)
	if len(values) != 1 {
		return "", false
	}
	return strings.TrimSpace(values[0]), true
}
