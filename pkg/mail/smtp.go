package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/language"
	"github.com/claviger-id/claviger/pkg/outbox"
	"github.com/claviger-id/claviger/storage"
)

// patience is the usual one.
const patience = 20 * time.Second

// implicitTLS is the port on which TLS comes first (RFC 8314 section 7.3);
// elsewhere STARTTLS is required (RFC 3207).
const implicitTLS = 465

// Relay is the server that takes mails over.
type Relay struct {
	Host string
	Port int
	// User and Password are empty where the relay asks for none.
	User, Password string
	// From is the address of the sender.
	From string
	// Roots are trusted certificate authorities; nil means the system's.
	Roots *x509.CertPool
	// InsecurePlaintext sends without TLS.
	InsecurePlaintext bool
	// Patience is how long one try may take, from the name to the last reply;
	// zero means twenty seconds.
	Patience time.Duration
}

// SMTP carries mails to a relay. It is safe for concurrent use.
type SMTP struct {
	relay     Relay
	templates *Templates
	options   []mail.Option
}

var _ outbox.Carrier = (*SMTP)(nil)

// NewSMTP returns a carrier.
func NewSMTP(relay Relay, templates *Templates) (*SMTP, error) {
	if err := CheckAddress(relay.From); err != nil {
		return nil, err
	}
	if relay.Patience == 0 {
		relay.Patience = patience
	}
	s := &SMTP{relay: relay, templates: templates, options: []mail.Option{
		mail.WithTimeout(relay.Patience), mail.WithHELO("localhost"), mail.WithoutNoop(), mail.WithPort(relay.Port),
		mail.WithTLSConfig(&tls.Config{ServerName: relay.Host, RootCAs: relay.Roots, MinVersion: tls.VersionTLS12}),
	}}
	switch {
	case relay.InsecurePlaintext:
		s.options = append(s.options, mail.WithTLSPolicy(mail.NoTLS))
	case relay.Port == implicitTLS:
		s.options = append(s.options, mail.WithSSL())
	default:
		s.options = append(s.options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if relay.User != "" {
		s.options = append(s.options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(relay.User), mail.WithPassword(relay.Password))
	}
	if _, err := mail.NewClient(relay.Host, s.options...); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return s, nil
}

// Deliver hands one mail to the relay. The same parcel always has the same
// Message-ID, so that a mail which the relay took over although its reply got lost
// can be recognised when it comes again.
func (s *SMTP) Deliver(ctx context.Context, p outbox.Opened) outbox.Outcome {
	m, err := s.compose(p)
	if err != nil {
		return outbox.Outcome{State: storage.ParcelBounced, Answer: "it cannot be written"}
	}
	client, err := mail.NewClient(s.relay.Host, s.options...)
	if err != nil {
		return outbox.Outcome{State: storage.ParcelPending, Answer: "the relay cannot be used as it is configured"}
	}
	ctx, cancel := context.WithTimeout(ctx, s.relay.Patience)
	defer cancel()
	if err := client.DialWithContext(ctx); err != nil {
		return outbox.Outcome{State: storage.ParcelPending, Answer: dialAnswer(err)}
	}
	err = client.Send(m)
	// What comes after the reply to the data changes nothing: the mail is theirs.
	_ = client.Close()
	if err == nil {
		return outbox.Outcome{State: storage.ParcelSent, Status: 250, Answer: "the relay has it"}
	}
	return refused(err)
}

// dialAnswer says in our words why there is no connection.
func dialAnswer(err error) string {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &unknown), errors.As(err, &name), errors.As(err, &certificate):
		return "the certificate of the relay is not trusted"
	case errors.Is(err, context.DeadlineExceeded):
		return "the relay does not answer in time"
	}
	return "no connection to the relay, or it refuses TLS or the sign-in"
}

// refused tells a refusal of the recipient or the mail, which is final, from
// everything that may be otherwise later. What the relay writes is not repeated:
// it may hold the address.
func refused(err error) outbox.Outcome {
	var why *mail.SendError
	if !errors.As(err, &why) || why.ErrorCode() == 0 {
		return outbox.Outcome{State: storage.ParcelPending, Answer: "the connection to the relay broke"}
	}
	code := why.ErrorCode()
	o := outbox.Outcome{State: storage.ParcelPending, Status: int64(code), Answer: "the relay said " + strconv.Itoa(code)}
	if enhanced := why.EnhancedStatusCode(); enhanced != "" {
		o.Answer += " " + enhanced
	}
	// RFC 5321 section 4.2.1: 5yz is final. A refused sender is our mistake, and
	// will be mended.
	if code >= 500 && code <= 599 && why.Reason != mail.ErrSMTPMailFrom {
		o.State = storage.ParcelBounced
	}
	return o
}

func (s *SMTP) compose(p outbox.Opened) (*mail.Msg, error) {
	if err := CheckAddress(p.To); err != nil {
		return nil, err
	}
	what, tag, err := message(p.Kind, p.Body)
	if err != nil {
		return nil, err
	}
	lang := language.Of(tag, s.templates.head.Language)
	w, err := s.templates.write(what, lang)
	if err != nil {
		return nil, err
	}
	m := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := errors.Join(m.FromFormat(oneLine(s.templates.head.Organization), s.relay.From), m.To(p.To)); err != nil {
		return nil, err
	}
	m.Subject(w.subject)
	m.SetDateWithValue(p.CreatedAt)
	m.SetMessageIDWithValue(messageID(p.ID, s.relay.From))
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834 section 5
	m.SetGenHeader("Content-Language", lang)
	m.SetBodyString(mail.TypeTextPlain, w.text)
	m.AddAlternativeString(mail.TypeTextHTML, w.html)
	return m, nil
}

func domain(address string) string {
	for i := len(address) - 1; i >= 0; i-- {
		if address[i] == '@' {
			return address[i+1:]
		}
	}
	return "localhost"
}

// Settled records what became of a mail.
func (s *SMTP) Settled(ctx context.Context, tx storage.Tx, p outbox.Opened) error {
	e := audit.Event{
		Kind: audit.MailSent, Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "system"}, Subject: p.PersonID,
		Detail: map[string]string{"template": p.Kind, "mail": p.ID, "attempts": strconv.FormatInt(p.Attempts, 10)},
	}
	if p.State != storage.ParcelSent {
		e.Kind, e.Outcome, e.Reason = audit.MailUndelivered, audit.OutcomeDeny, string(p.State)
	}
	return audit.Record(ctx, tx, e)
}

// Check reports whether the relay lets us in, without sending anything.
func (s *SMTP) Check(ctx context.Context) error {
	client, err := mail.NewClient(s.relay.Host, s.options...)
	if err != nil {
		return errors.New("the relay cannot be used as it is configured")
	}
	ctx, cancel := context.WithTimeout(ctx, s.relay.Patience)
	defer cancel()
	if err := client.DialWithContext(ctx); err != nil {
		return errors.New(dialAnswer(err))
	}
	_ = client.Close()
	return nil
}
