package mail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/claviger-id/claviger/pkg/outbox"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/storage"
)

// Carrier is the name of this carrier in the outbox.
const Carrier = "mail"

// noticeLife is how long a notice is tried.
const noticeLife = 3 * 24 * time.Hour

// To is who gets a mail.
type To struct {
	PersonID string
	Address  string
	// Language is a language tag (BCP 47), or empty where nobody knows it: the mail is
	// then in that of the installation.
	Language string
}

// Post puts mails into the outbox.
type Post struct{ Box outbox.Box }

// content is a mail in the outbox.
type content struct {
	Language  string          `json:"language"`
	Variables json.RawMessage `json:"variables"`
}

// Send puts a mail into the outbox, in the caller's transaction. It is tried until
// the given time has passed; zero means the usual, for notices.
func (p *Post) Send(ctx context.Context, tx storage.Tx, to To, m Message, validFor time.Duration) error {
	if err := CheckAddress(to.Address); err != nil {
		return err
	}
	values, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	if validFor == 0 {
		validFor = noticeLife
	}
	return p.Box.Put(ctx, tx, outbox.Letter{
		Carrier: Carrier, Kind: m.Name(), PersonID: to.PersonID, To: to.Address, Counted: true, ValidFor: validFor,
		Body: content{Language: to.Language, Variables: values},
	})
}

// errAddress says nothing of the address: errors end in logs.
var errAddress = errors.New("mail: this is no address that can be written to")

// CheckAddress refuses what no record of a person holds as an address.
func CheckAddress(address string) error {
	if !person.MailAddress(address) {
		return errAddress
	}
	return nil
}

// message reads a mail of the outbox.
func message(kind string, body []byte) (m Message, language string, err error) {
	var c content
	if err := json.Unmarshal(body, &c); err != nil {
		return nil, "", fmt.Errorf("mail: %w", err)
	}
	for _, known := range messages() {
		if known.Name() != kind {
			continue
		}
		into := reflect.New(reflect.TypeOf(known))
		if err := json.Unmarshal(c.Variables, into.Interface()); err != nil {
			return nil, "", fmt.Errorf("mail: %w", err)
		}
		read, ok := into.Elem().Interface().(Message)
		if !ok {
			break
		}
		return read, c.Language, nil
	}
	return nil, "", fmt.Errorf("mail: there is no message %q", kind)
}
