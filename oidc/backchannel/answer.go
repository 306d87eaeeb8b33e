package backchannel

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"syscall"

	"github.com/claviger-id/claviger/pkg/outbound"
	"github.com/claviger-id/claviger/storage"
)

// errNotTold says that there is nobody to tell.
var errNotTold = errors.New("backchannel: the client has no logout address")

// judge says what an answer to a logout token means for its line.
func judge(status int, err error) (storage.LogoutState, string) {
	switch {
	case errors.Is(err, errNotTold):
		return storage.LogoutRefused, "the application has no address to tell any more"
	case err != nil:
		return storage.LogoutPending, "no answer: " + silence(err)
	case status >= 200 && status <= 299:
		return storage.LogoutDelivered, "confirmed"
	case status == http.StatusBadRequest: // OpenID Connect Back-Channel Logout 1.0 section 2.8
		return storage.LogoutRefused, "the application refused the token"
	}
	return storage.LogoutPending, "status " + strconv.Itoa(status)
}

// presence says whether an application is there: one that has no time, or fails at
// everything, is not.
func presence(status int, err error) outcome {
	switch {
	case errors.Is(err, errNotTold):
		return notAsked
	case err != nil, status >= 500, status == http.StatusTooManyRequests:
		return silent
	}
	return answered
}

// silence tells in fixed words why there was no answer: what a foreign server or
// a driver says is not repeated.
func silence(err error) string {
	var (
		name        *net.DNSError
		certificate *tls.CertificateVerificationError
		authority   x509.UnknownAuthorityError
		record      tls.RecordHeaderError
		alert       tls.AlertError
		timeout     net.Error
	)
	switch {
	case errors.Is(err, outbound.ErrForbidden):
		return "the address is not a public https one, and in no network of outbound.allow"
	case errors.As(err, &certificate), errors.As(err, &authority):
		return "the TLS certificate is not trusted"
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record), errors.As(err, &alert):
		return "TLS failed"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	case errors.As(err, &name):
		return "the name is not known"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection was closed"
	}
	return "the request failed"
}
