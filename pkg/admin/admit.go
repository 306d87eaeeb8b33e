package admin

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// Token is what an access token that is addressed to this API says.
type Token struct {
	Subject, ClientID, Grant, Session string
	Scopes                            []string
	ACR                               string
	AuthTime                          time.Time
	// Confidential says that its client can keep a secret, Bound that the token is
	// bound to a key or a certificate, whose holder sent it.
	Confidential, Bound bool
	// Acted says that somebody acts for the subject.
	Acted bool
}

// Tokens verifies access tokens.
type Tokens interface {
	// Token returns the token of a request to an address. What is wrong with it
	// is a *fault.Error.
	Token(w http.ResponseWriter, r *http.Request, address string) (Token, error)
}

// Caller is who asks, and may.
type Caller struct {
	// Actor has the role, unless it is one for an organization of the caller's own.
	Actor audit.Actor
	Token Token
	// Role is the one by which the caller may.
	Role Role
	// Organization is the one that the role is for, where it is one for an
	// organization.
	Organization string

	kind storage.OperatorKind
	id   string
}

// is says that the caller is that person.
func (c Caller) is(personID string) bool {
	return c.kind == storage.OperatorPerson && c.id == personID
}

// refusal is an authorisation that was refused: a code for the audit log, and
// what the caller is told.
type refusal struct {
	code  string
	actor audit.Actor
	tell  *fault.Error
	// bare says that no token was shown at all.
	bare bool
}

func (r *refusal) Error() string { return "admin: refused: " + r.code }

// admit finds out who asks and whether they may. Every refusal is recorded.
func (a *API) admit(w http.ResponseWriter, r *http.Request, operation string) (Caller, error) {
	rule, ok := a.rules[operation]
	if !ok {
		return Caller{}, errors.New("admin: the operation " + operation + " has no rule")
	}
	token, err := a.Tokens.Token(w, r, a.URL+r.URL.EscapedPath())
	if err != nil {
		var wrong *fault.Error
		if !errors.As(err, &wrong) {
			return Caller{}, err
		}
		return Caller{}, a.refuse(r.Context(), operation, &refusal{code: "token", actor: audit.Actor{Type: "system"}, tell: wrong, bare: r.Header.Get("Authorization") == ""})
	}
	by, refused, err := a.judge(r.Context(), token, rule)
	if err != nil {
		return Caller{}, err
	}
	if refused != nil {
		return Caller{}, a.refuse(r.Context(), operation, refused)
	}
	return by, a.within(r.Context(), operation, by)
}

// judge applies a rule to a token.
func (a *API) judge(ctx context.Context, t Token, rule Rule) (Caller, *refusal, error) {
	no := func(code string, actor audit.Actor, tell *fault.Error) (Caller, *refusal, error) {
		return Caller{}, &refusal{code: code, actor: actor, tell: tell}, nil
	}
	program := audit.Actor{Type: "client", ID: t.ClientID}
	switch {
	case t.Acted:
		return no("delegated", program, denied("Nobody acts for an operator."))
	case rule.Programs && !t.Confidential:
		return no("unbound", program, denied("This is for applications that have a secret or a key."))
	case t.Confidential && !t.Bound && !rule.Programs:
		return no("unbound", program, invalidToken("The token of a client that has a secret or a key must be bound to a key or a certificate."))
	case !slices.Contains(t.Scopes, rule.Scope):
		return no("scope", program, insufficientScope(rule.Scope))
	}
	kind, id, actor := storage.OperatorClient, t.ClientID, program
	if rule.Programs && (t.Grant != "" || t.Subject != t.ClientID) {
		return no("role", program, denied("This is for applications on their own."))
	}
	if t.Grant != "" || t.Subject != t.ClientID {
		var err error
		if id, err = a.person(ctx, t); err != nil {
			return Caller{}, nil, err
		}
		if id == "" {
			return no("account", program, denied("The account is not active."))
		}
		kind, actor = storage.OperatorPerson, audit.Actor{Type: "person", ID: id}
		if !reaches(t.ACR, a.ACR) {
			return no("acr", actor, stepUp(`acr_values="`+a.ACR+`"`)) // RFC 9470 section 3
		}
		if rule.Sensitive && a.Now().Sub(t.AuthTime) > a.Fresh {
			return no("stale", actor, stepUp(`max_age="`+strconv.Itoa(int(a.Fresh/time.Second))+`"`))
		}
	}
	has, err := a.roles(ctx, kind, id)
	if err != nil {
		return Caller{}, nil, err
	}
	by := Caller{Actor: actor, Token: t, kind: kind, id: id}
	for _, by.Role = range rule.Roles {
		if slices.Contains(has, string(by.Role)) {
			by.Actor.Role = string(by.Role)
			var over bool
			if by.Organization, over, err = a.organization(ctx, by); err == nil && over {
				return no("role", actor, denied("The organization is closed."))
			}
			return by, nil, err
		}
	}
	// Of which organization it is about, the service decides.
	for _, by.Role = range rule.Own {
		if kind == storage.OperatorPerson && slices.Contains(has, string(by.Role)) {
			return by, nil, nil
		}
	}
	return no("role", actor, denied("This is not for the roles that you have."))
}

// classes are what package flow issues as acr, the weakest first.
func classes() []string {
	return []string{"urn:claviger:acr:password", "urn:claviger:acr:mfa", "urn:claviger:acr:phishing-resistant"}
}

// reaches says that a sign-in in one class is as good as one in another.
func reaches(acr, wanted string) bool {
	return wanted == "" || slices.Contains(classes(), wanted) && slices.Index(classes(), acr) >= slices.Index(classes(), wanted)
}

// person is the active person whom a token stands for; empty when there is none.
func (a *API) person(ctx context.Context, t Token) (id string, err error) {
	if t.Grant == "" {
		return "", nil // somebody whom another issuer knows
	}
	err = a.Store.View(ctx, func(tx storage.Tx) error {
		// The token may say a subject that only its client knows; the grant says
		// who it is.
		grant, err := tx.Grants().Get(ctx, t.Grant)
		if err != nil {
			return err
		}
		who, err := tx.People().Get(ctx, grant.PersonID)
		if err == nil && who.State == storage.PersonActive {
			id = who.ID
		}
		return err
	})
	if errors.Is(err, storage.ErrNotFound) {
		return "", nil
	}
	return id, err
}

func (a *API) roles(ctx context.Context, kind storage.OperatorKind, id string) (has []string, err error) {
	err = a.Store.View(ctx, func(tx storage.Tx) error {
		has, err = roles(ctx, tx, kind, id)
		return err
	})
	return has, err
}

// refuse records a refusal and returns what the caller is told.
func (a *API) refuse(ctx context.Context, operation string, no *refusal) error {
	err := a.refusable(ctx)
	if problem.From(err).Code == problem.Limited && !no.bare {
		// Not recorded. But who shows a token learns what is wrong with it, however often
		// others at the address are refused: that it expired, that another proof is needed.
		return no.tell
	}
	if err != nil {
		return err
	}
	if err := a.record(ctx, audit.Event{
		Kind: audit.OperatorDenied, Outcome: audit.OutcomeDeny, Reason: no.code, Actor: no.actor, Detail: map[string]string{"operation": operation},
	}); err != nil {
		return err
	}
	return no.tell
}

// insufficientScope is RFC 6750 section 3.1.
func insufficientScope(scope string) *fault.Error {
	return &fault.Error{
		Code: fault.InsufficientScope, Description: "The access token lacks the scope " + scope + ".",
		Challenge: `Bearer realm="claviger", error="insufficient_scope", scope="` + scope + `"`,
	}
}

func denied(description string) *fault.Error { return fault.New(fault.AccessDenied, description) }

func invalidToken(description string) *fault.Error {
	return &fault.Error{
		Code: fault.InvalidToken, Description: description,
		Challenge: `Bearer realm="claviger", error="invalid_token", error_description="` + strings.ReplaceAll(description, `"`, "'") + `"`,
	}
}

// stepUp is RFC 9470 section 3.
func stepUp(what string) *fault.Error {
	return &fault.Error{
		Code: "insufficient_user_authentication", Status: http.StatusUnauthorized, Description: "Sign in again, as the answer's challenge says.",
		Challenge: `Bearer realm="claviger", error="insufficient_user_authentication", error_description="Sign in again.", ` + what,
	}
}
