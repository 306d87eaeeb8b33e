package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// visits are the routes of hosted pages at which browsers were, and in which part of a
// test first. Only what was answered as it should be counts, and where the way led from
// page to page: an address that was typed in does not, besides those that people have
// from elsewhere.
type visits struct {
	issuer string
	routes *http.ServeMux

	mu    sync.Mutex // guards what follows
	part  string
	typed string
	asked map[network.RequestID]string // the methods of those that are on their way
	seen  map[string]string            // route → part
}

// fromElsewhere are the addresses that stand in mails, on devices, in bookmarks and in
// password managers.
var fromElsewhere = map[string]bool{
	"GET /{$}": true, "GET /device": true, "GET /recover": true, "GET /temporary-password": true,
	"GET /change-password": true, "GET /.well-known/change-password": true,
}

// leadOn are the pages that show nothing.
var leadOn = map[string]bool{"GET /change-password": true, "GET /.well-known/change-password": true, "GET /account/switch": true}

func newVisits(issuer string, routes []string) *visits {
	v := &visits{issuer: issuer, routes: http.NewServeMux(), asked: map[network.RequestID]string{}, seen: map[string]string{}}
	for _, route := range routes {
		v.routes.HandleFunc(route, func(http.ResponseWriter, *http.Request) {})
	}
	return v
}

// begins says in which part of the test one is from now on.
func (v *visits) begins(part string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.part = part
}

func (v *visits) types(address string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.typed = address
}

// watch has a browser tell what it asks for.
func (v *visits) watch(b *browser) {
	b.t.Helper()
	b.check(chromedp.Listen(b.ctx, func(event any) {
		v.mu.Lock()
		defer v.mu.Unlock()
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			if e.Type != network.ResourceTypeDocument {
				return
			}
			if e.RedirectResponse != nil {
				v.answered(v.asked[e.RequestID], e.RedirectResponse)
			}
			v.asked[e.RequestID] = e.Request.Method
		case *network.EventResponseReceived:
			if method, ok := v.asked[e.RequestID]; ok {
				v.answered(method, e.Response)
			}
		}
	}), "listening to the browser")
}

// saved says that an address led to a file.
func (v *visits) saved(address string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.answered(http.MethodGet, &network.Response{URL: address, Status: http.StatusOK})
}

// answered says how a request was answered; mu is held.
func (v *visits) answered(method string, r *network.Response) {
	typed := method == http.MethodGet && r.URL == v.typed
	if typed {
		v.typed = ""
	}
	address, err := url.Parse(r.URL)
	if err != nil || !strings.HasPrefix(r.URL, v.issuer+"/") {
		return
	}
	_, route := v.routes.Handler(&http.Request{Method: method, URL: address, Host: address.Host})
	led := r.Status == http.StatusSeeOther && (method == http.MethodPost || leadOn[route])
	if route == "" || typed && !fromElsewhere[route] || r.Status != http.StatusOK && !led {
		return
	}
	if _, known := v.seen[route]; !known {
		v.seen[route] = v.part
	}
}
