package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/agreement"
	"github.com/claviger-id/claviger/pkg/approval"
	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/event"
	"github.com/claviger-id/claviger/pkg/factor"
	"github.com/claviger-id/claviger/pkg/job"
	"github.com/claviger-id/claviger/pkg/keys"
	"github.com/claviger-id/claviger/pkg/mail"
	"github.com/claviger-id/claviger/pkg/operator"
	"github.com/claviger-id/claviger/pkg/recovery"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/pkg/web"
	"github.com/claviger-id/claviger/storage"
)

// API is the admin REST API.
type API struct {
	// Store is what callers are looked up in; the services work on a Guard of it.
	Store        storage.Store
	Accounts     *enroll.Accounts
	Applications *enroll.Applications
	Access       *access.Service
	Sessions     *session.Service
	Credentials  *credential.Service
	Factors      *factor.Service
	Recovery     *recovery.Service
	// Channels are those by which temporary passwords can reach people, and how long
	// what is sent works.
	Channels map[recovery.Channel]time.Duration
	// AuditKey is the public key of the audit log, in note form.
	AuditKey string
	// SignLog gives every event its place in the log, and signs a checkpoint over them.
	SignLog func(ctx context.Context) error
	// Keys seal the answers that are given again.
	Keys     *secret.Keyring
	Jobs     *job.Service
	Registry Registry
	// Barred says why an address of an application is not reached; empty where it is.
	Barred   func(ctx context.Context, address string) string
	Consents Consents
	Logouts  Ledger
	Mail     *mail.Log
	// Ring changes the signing keys; ReloadKeys has this process use what was changed.
	Ring       *keys.Ring
	ReloadKeys func(ctx context.Context) error
	// Agreements is the service of the Use Agreement; ReloadAgreements has this process
	// ask for what was published.
	Agreements       *agreement.Service
	ReloadAgreements func(ctx context.Context) error
	Policies         Policies
	// Health asks the parts of the installation how they are, Examine looks for what is
	// wrong with it.
	Health  func(ctx context.Context) []HealthPart
	Examine func(ctx context.Context) ([]Finding, error)
	Tokens  Tokens
	// URL is the origin at which operators reach the API; access tokens are
	// addressed to it.
	URL string
	// Issuer is where tokens come from.
	Issuer string
	// ACR is the class in which people have to have signed in; empty: any.
	ACR string
	// Fresh is how long ago who does something sensitive may have signed in.
	Fresh time.Duration
	// Attempts counts what is refused, and the requests of each caller, who may send
	// PerMinute of them in a minute.
	Attempts  storage.Attempts
	PerMinute int64
	// Proxies are those whose word for where a request comes from is believed.
	Proxies web.Proxies
	Version string
	Now     func() time.Time
	Log     *slog.Logger
	Events  event.Service
	// Operators gives and takes the roles of operators.
	Operators *operator.Service
	// Approvals asks a second person. Its store is guarded, as those of all services.
	Approvals *approval.Service
	// Observe may be nil.
	Observe web.Observe
	// Beside are the operations that stand beside the API, and by whose rules Admit
	// goes.
	Beside []string

	rules    map[string]Rule
	examined examination
	huma     huma.API
	err      error
}

// maxBody is the most bytes of a body.
const maxBody = 64 << 10

// Handler returns the API with all its operations, its document and the page that
// shows it. An operation without a rule, and a rule without an operation, are
// errors.
func (a *API) Handler() (http.Handler, error) {
	a.rules = rules()
	mux := web.NewAPIMux(web.APIOptions{Log: a.Log, Now: a.Now, Fault: a.fault, Observe: a.Observe, Proxies: a.Proxies})
	a.huma = huma.NewAPI(a.document(), adapter{mux: mux, api: a})
	a.operations()
	if a.err != nil {
		return nil, a.err
	}
	for name := range a.rules {
		if !slices.Contains(a.Beside, name) && !slices.ContainsFunc(operationIDs(a.huma.OpenAPI()), func(id string) bool { return id == name }) {
			return nil, fmt.Errorf("admin: the rule of %s has no operation", name)
		}
	}
	ownWords(a.huma.OpenAPI())
	ownMessages(a.huma.OpenAPI())
	documentLimits(a.huma.OpenAPI())
	text, err := a.huma.OpenAPI().MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("admin: %w", err)
	}
	a.serveReference(mux, text)
	return mux, nil
}

// operations adds every operation there is.
func (a *API) operations() {
	a.listOperators()
	a.appointOperator()
	a.dismissOperator()
	a.listApprovals()
	a.showApproval()
	a.approveRequest()
	a.rejectRequest()
	a.listPeople()
	a.showPerson()
	a.suspendPerson()
	a.reinstatePerson()
	a.closePerson()
	a.submitEnrolment()
	a.listEnrolments()
	a.showEnrolment()
	a.approveEnrolment()
	a.rejectEnrolment()
	a.importRoster()
	a.listJobs()
	a.showJob()
	a.cancelJob()
	a.listRejects()
	a.issuePassword()
	a.resetPassword()
	a.listFactors()
	a.revokeFactor()
	a.resetFactors()
	a.createOrganization()
	a.listOrganizations()
	a.showOrganization()
	a.changeOrganization()
	a.closeOrganization()
	a.listMembers()
	a.addMember()
	a.removeMember()
	a.listDelegations()
	a.grantDelegation()
	a.endDelegation()
	a.listSessions()
	a.endPersonSessions()
	a.endOrganizationSessions()
	a.endClientSessions()
	a.endAllSessions()
	a.listClients()
	a.showClient()
	a.registerClient()
	a.changeClient()
	a.rotateClientSecret()
	a.removeClient()
	a.listKeys()
	a.rotateKey()
	a.removeKey()
	a.listAuthorizations()
	a.withdrawAuthorization()
	a.listAgreements()
	a.showAgreement()
	a.publishAgreement()
	a.listUnaccepted()
	a.listAcceptances()
	a.withdrawAcceptances()
	a.listLogouts()
	a.redeliverLogout()
	a.redeliverClientLogouts()
	a.listMails()
	a.noteBounce()
	a.showPolicies()
	a.showHealth()
	a.listFindings()
	a.listSubscriptions()
	a.createSubscription()
	a.changeSubscription()
	a.rotateSubscriptionSecret()
	a.removeSubscription()
	a.listDeliveries()
	a.redeliverEvent()
	a.listAudit()
	a.exportAudit()
}

// Members are told apart by case, by everything that uses the library: encoding/json takes
// "Reason" for "reason", which nothing has validated then, and which a second person read
// beside another.
func init() { huma.ValidateStrictCasing = true }

// document is the head of the OpenAPI document.
func (a *API) document() huma.Config {
	c := huma.DefaultConfig("Claviger admin API", a.Version)
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", "" // served by us
	c.CreateHooks = nil                                   // no members of the library's own in our answers
	c.RejectUnknownQueryParameters = true
	c.Transformers = []huma.Transformer{func(ctx huma.Context, _ string, v any) (any, error) {
		if d, ok := v.(*huma.ErrorModel); ok {
			return finish(ctx.Context(), d), nil
		}
		return v, nil
	}}
	c.Info.Description = "Everything that operators do. Errors are problem documents (RFC 9457); lists are read page by page with a cursor; " +
		"what is changed is named with its ETag in If-Match."
	c.Servers = []*huma.Server{{URL: a.URL}}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"oauth": {
		Type: "oauth2", Description: "Access tokens of this installation, addressed to " + a.URL + ".",
		Flows: &huma.OAuthFlows{
			AuthorizationCode: &huma.OAuthFlow{AuthorizationURL: a.Issuer + "/authorize", TokenURL: a.Issuer + "/token", Scopes: Scopes()},
			ClientCredentials: &huma.OAuthFlow{TokenURL: a.Issuer + "/token", Scopes: Scopes()},
		},
	}}
	return c
}

// operationIDs lists the operations of a document.
func operationIDs(d *huma.OpenAPI) []string {
	var ids []string
	for _, path := range d.Paths {
		for _, op := range []*huma.Operation{path.Get, path.Post, path.Put, path.Patch, path.Delete} {
			if op != nil {
				ids = append(ids, op.OperationID)
			}
		}
	}
	return ids
}

// exchange is one request that was admitted, and what came of it.
type exchange struct {
	by  Caller
	err error
	// key is nil where the request has none.
	key *keyed
	// act is what policy asks a second person for; nil where it asks for none. first is
	// then how the transaction runs that does it.
	act   *approval.Act
	first func(ctx context.Context, still func(ctx context.Context, tx storage.Tx) error, do func(tx storage.Tx) error) error
	// confirmed says that a transaction has found that the caller still may.
	confirmed atomic.Bool
}

type exchangeKey struct{}

// adapter lets the library's operations stand on our mux.
type adapter struct {
	mux *web.Mux
	api *API
}

func (d adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.mux.ServeHTTP(w, r) }

func (d adapter) Handle(op *huma.Operation, handler func(huma.Context)) {
	d.mux.HandleRoute(web.Route{Pattern: op.Method + " " + op.Path, MaxBody: op.MaxBodyBytes + maxBody, Handler: func(w http.ResponseWriter, r *http.Request) error {
		by, err := d.api.admit(w, r, op.OperationID)
		if err != nil {
			return err
		}
		if err := understood(op, r); err != nil {
			return err
		}
		x := &exchange{by: by}
		if x.key, err = under(op, r, by); err != nil {
			return err
		}
		if x.act, err = d.api.act(op, r, by); err != nil {
			return err
		}
		r = r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x))
		if x.key == nil {
			handler(humago.NewContext(op, r, w))
			return x.err
		}
		if done, err := d.api.replayed(w, r, x.key); done || err != nil {
			return err
		}
		given := &recorder{ResponseWriter: w}
		handler(humago.NewContext(op, r, given))
		if err := d.api.keep(r.Context(), x.key, given); err != nil {
			return err
		}
		return errors.Join(x.err, given.send())
	}})
}

// understood refuses a body of a kind that the operation does not take (RFC 9110
// section 15.5.16).
func understood(op *huma.Operation, r *http.Request) error {
	if op.RequestBody == nil || r.ContentLength == 0 {
		return nil
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if _, ok := op.RequestBody.Content[kind]; err != nil || !ok {
		return &precondition{http.StatusUnsupportedMediaType, codeInput, "The body is not of a kind that this takes."}
	}
	return nil
}

// handle adds an operation. do is called by who may, with input that is as the
// document says.
func handle[I, O any](a *API, op huma.Operation, do func(ctx context.Context, by Caller, in *I) (*O, error)) {
	rule, ok := a.rules[op.OperationID]
	if !ok {
		a.err = fmt.Errorf("admin: the operation %s has no rule", op.OperationID)
		return
	}
	op.Security = []map[string][]string{{"oauth": {rule.Scope}}}
	if op.Extensions == nil {
		op.Extensions = map[string]any{}
	}
	op.Extensions["x-claviger-roles"] = rule.Roles
	if len(rule.Own) > 0 {
		op.Extensions["x-claviger-own-organization"] = rule.Own
	}
	if rule.Second != "" {
		op.Extensions["x-claviger-second-person"] = string(rule.Second)
	}
	op.MaxBodyBytes = max(op.MaxBodyBytes, maxBody)
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		x, ok := ctx.Value(exchangeKey{}).(*exchange)
		if !ok {
			return nil, describe(ctx, fmt.Errorf("admin: %s was not admitted", op.OperationID))
		}
		a.asks(x)
		out, err := do(ctx, x.by, in)
		if err == nil && x.first != nil && !x.confirmed.Load() {
			err = fmt.Errorf("admin: %s asked nobody", op.OperationID)
		}
		var no *refusal
		if errors.As(err, &no) { // the role was taken away meanwhile
			err = a.refuse(ctx, op.OperationID, no)
		}
		if err != nil {
			x.err = err
			return nil, pointed(ctx, err)
		}
		return out, nil
	})
}
