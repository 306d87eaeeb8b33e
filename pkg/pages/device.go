package pages

import (
	"errors"
	"net/http"

	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/web"
)

// The pages of the device flow; package oidc leads to them.
const (
	devicePath        = "/device"
	deviceDonePath    = "/device/connected"
	deviceRefusedPath = "/device/refused"
)

// maxUserCode is more than any code has, however it is spaced.
const maxUserCode = 32

type deviceView struct {
	frame
	Action, Code, Message string
}

type deviceDoneView struct {
	frame
	Text, Forward string
}

// device asks for the code that a device shows (RFC 8628 section 3.3). A code in
// the address fills the field in, and no more: the person compares and presses
// the button (section 3.3.1).
func (p *Pages) device(w http.ResponseWriter, r *http.Request) error {
	query, err := web.Query(r)
	if err != nil {
		return err
	}
	return p.printDevice(w, r, http.StatusOK, query.Get("user_code"), "")
}

// deviceNow begins the sign-in for the device.
func (p *Pages) deviceNow(w http.ResponseWriter, r *http.Request) error {
	form, err := p.form(r, "user_code")
	if err != nil {
		return err
	}
	texts := p.printer(r, nil).texts
	code := form.Get("user_code")
	if code == "" {
		return p.printDevice(w, r, http.StatusUnprocessableEntity, "", texts.Device.Missing)
	}
	err = p.EnterDeviceCode(w, r, code)
	found := problem.From(err)
	switch {
	case err == nil:
		return nil
	case found.Code == problem.NotFound:
		return errors.Join(p.printDevice(w, r, http.StatusUnprocessableEntity, code, texts.Device.Unknown), err)
	case found.Code == problem.Limited:
		web.RetryAfter(w, err)
		return errors.Join(p.printDevice(w, r, http.StatusTooManyRequests, code, texts.Device.Limited(texts.Common.Wait(found.RetryAfter))), err)
	}
	return err
}

func (p *Pages) printDevice(w http.ResponseWriter, r *http.Request, status int, code, message string) error {
	pr := p.printer(r, nil)
	pr.keeps, pr.kept = "user_code", shorten(code, maxUserCode)
	view := deviceView{frame: pr.frame(pr.texts.Device.Title, true), Action: devicePath, Code: shorten(code, maxUserCode), Message: message}
	view.Problem = message != ""
	return pr.print(w, status, "device", view)
}

// deviceDone says that the device is let in, deviceRefused that it is not. They
// read nothing.
func (p *Pages) deviceDone(w http.ResponseWriter, r *http.Request) error {
	return p.printDeviceDone(w, r, p.printer(r, nil).texts.Device.Connected)
}

func (p *Pages) deviceRefused(w http.ResponseWriter, r *http.Request) error {
	return p.printDeviceDone(w, r, p.printer(r, nil).texts.Device.Refused)
}

func (p *Pages) printDeviceDone(w http.ResponseWriter, r *http.Request, a Advice) error {
	pr := p.printer(r, nil)
	return pr.print(w, http.StatusOK, "device-done", deviceDoneView{frame: pr.frame(a.Title, false), Text: a.Text, Forward: a.Forward})
}
