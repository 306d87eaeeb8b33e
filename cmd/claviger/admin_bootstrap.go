package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/go-jose/go-jose/v4"
	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/pkg/admin"
	"github.com/claviger-id/claviger/pkg/audit"
	operators "github.com/claviger-id/claviger/pkg/operator"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

const (
	// bootstrapSetting is there when there was a first operator, and another one each time.
	bootstrapSetting = "admin-bootstrap"
	// bootstrapClient is the client of the first operator, unless another one is named.
	bootstrapClient = "claviger-admin"
)

func (p *program) adminBootstrapCommand() *cobra.Command {
	var first firstOperator
	cmd := &cobra.Command{
		Use:   "bootstrap --key-out FILE [--user-id USER-ID]",
		Short: "Make the first operator",
		Long: `Makes the first operator of the admin API, in an installation that is there: claviger
serve makes one. The operator is an application,
` + bootstrapClient + ` or what --client says, that signs in with the key written to FILE (a JSON Web
Key; whoever has it is an operator), and, with --user-id, a person as well. While there
is an operator, an application or a person whose account is active, it is refused:
operators make others. When there is none any more, it works again.

Its access tokens come from the grant client_credentials, authenticated with
private_key_jwt and bound with DPoP, addressed to the admin API. A lost key is
replaced from this machine with: claviger client change claviger-admin --file FILE,
which holds the jwks of another.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.change(cmd.Context(), false, func(in *installation) error {
				return p.bootstrap(cmd.Context(), in, first)
			})
		},
	}
	cmd.Flags().StringVar(&first.keyOut, "key-out", "", "new `file` for the private key")
	cmd.Flags().StringVar(&first.clientID, "client", bootstrapClient, "`ID` of the application")
	cmd.Flags().StringVar(&first.userID, "user-id", "", "`User ID` of a person who becomes an operator too")
	selects(cmd, "user-id")
	_ = cmd.MarkFlagRequired("key-out")
	return cmd
}

// firstOperator says who becomes one.
type firstOperator struct{ keyOut, clientID, userID string }

func (p *program) bootstrap(ctx context.Context, in *installation, first firstOperator) error {
	again := false
	if err := in.store.View(ctx, func(tx storage.Tx) error {
		_, err := tx.Settings().Get(ctx, bootstrapSetting)
		again = err == nil
		if err := unless(err, storage.ErrNotFound); err != nil {
			return err
		}
		// Somebody may have made operators who never made the first one so.
		all, err := tx.Operators().List(ctx)
		if err != nil {
			return err
		}
		again = again || slices.ContainsFunc(all, func(o storage.Operator) bool { return o.Role == string(admin.RoleOperator) })
		return noOperator(ctx, tx)
	}); err != nil {
		return err
	}
	keyOut := first.keyOut
	if err := free(keyOut); err != nil {
		return err
	}
	// Of the very first one nobody has decided yet whom to ask. Later, who took the role
	// from the last one does not give it to themselves alone.
	if again {
		if err := in.notAlone(ctx, sensitive{operation: "appoint-operator", outside: true, reason: "bootstrap", command: "admin bootstrap", given: [][2]string{
			{"client", first.clientID}, {"user-id", first.userID}, {"key-out", keyOut},
		}}); err != nil {
			return err
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	private := jose.JSONWebKey{Key: key, KeyID: secret.NewID(), Algorithm: string(jose.ES256), Use: "sig"}
	text, err := json.Marshal(private)
	if err != nil {
		return err
	}
	public, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{private.Public()}})
	if err != nil {
		return err
	}
	pending, err := writePending(keyOut, string(text)+"\n")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(pending) }()
	c := storage.Client{
		ID: first.clientID, Name: "Claviger command line", AuthMethod: "private_key_jwt", JWKS: public, DPoPBound: true,
		GrantTypes: []string{client.GrantClientCredentials}, Scopes: slices.Sorted(maps.Keys(admin.Scopes())), Audiences: []string{in.config.AdminURL()},
	}
	if err := client.Validate(c); err != nil {
		return err
	}
	linked := false
	err = in.store.Tx(ctx, func(tx storage.Tx) error {
		if err := in.appointFirst(ctx, tx, c, first.userID); err != nil {
			return err
		}
		// The key stands where it was asked for before anybody is an operator.
		if err := os.Link(pending, keyOut); err != nil {
			return err
		}
		linked = true
		return syncDir(filepath.Dir(keyOut))
	})
	if err != nil {
		if linked {
			err = errors.Join(err, os.Remove(keyOut))
		}
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "made the first operator, %s\nkey:       %s (keep it as you keep the root key)\ntokens:    %s/token, grant client_credentials, private_key_jwt, DPoP\nAPI:       %s/v1/, described at %s/reference\n",
		c.ID, keyOut, in.config.Public.Issuer, in.config.AdminURL(), in.config.AdminURL())
	return err
}

// errOperatorThere: operators make others, whoever asks.
var errOperatorThere = errors.New("there is an operator already (claviger admin list shows who); others are made with: claviger admin grant. " +
	"How to make another application for it stands in docs/admin-api.md")

// noOperator fails while there is an operator.
func noOperator(ctx context.Context, tx storage.Tx) error {
	active, err := operators.Active(ctx, tx, string(admin.RoleOperator))
	if err == nil && len(active) > 0 {
		return errOperatorThere
	}
	return err
}

// appointFirst writes the first operator, unless there is one. Of two that are made at
// once, the setting lets one through.
func (in *installation) appointFirst(ctx context.Context, tx storage.Tx, c storage.Client, userID string) error {
	own := []byte(secret.NewID())
	stands, err := tx.Settings().PutOnce(ctx, bootstrapSetting, own)
	if err != nil {
		return err
	}
	if !bytes.Equal(stands, own) {
		if err := noOperator(ctx, tx); err != nil {
			return err
		}
		if err := tx.Settings().Swap(ctx, bootstrapSetting, stands, own); errors.Is(err, storage.ErrStale) {
			return errOperatorThere // somebody was faster
		} else if err != nil {
			return err
		}
	}
	c.CreatedAt, c.UpdatedAt = tx.Now(), tx.Now()
	if err := tx.Clients().Insert(ctx, c); errors.Is(err, storage.ErrConflict) {
		return fmt.Errorf("there is an application %s already; name another one with --client, or give this one the role: claviger admin grant --client %s --role operator --reason CODE", c.ID, c.ID)
	} else if err != nil {
		return err
	}
	if err := audit.Record(ctx, tx, audit.Event{
		Kind: audit.ClientRegistered, Outcome: audit.OutcomeAllow, Actor: operator(), ClientID: c.ID, Detail: map[string]string{"redirect_uris": ""},
	}); err != nil {
		return err
	}
	if err := appoint(ctx, tx, storage.OperatorClient, c.ID); err != nil {
		return err
	}
	if userID == "" {
		return nil
	}
	who, err := tx.People().ByUserID(ctx, in.accounts(nil).People.UserIDIndex(userID))
	if errors.Is(err, storage.ErrNotFound) {
		return errors.New("there is no account with this User ID")
	}
	if err != nil {
		return err
	}
	if who.State == storage.PersonClosed {
		return errors.New("this account is closed")
	}
	// Whose account is suspended may have the role all the time.
	if _, err := tx.Operators().Get(ctx, storage.OperatorPerson, who.ID, string(admin.RoleOperator)); !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	return appoint(ctx, tx, storage.OperatorPerson, who.ID)
}

// appoint gives somebody the role of an operator.
func appoint(ctx context.Context, tx storage.Tx, kind storage.OperatorKind, id string) error {
	if err := tx.Operators().Appoint(ctx, storage.Operator{
		Kind: kind, ID: id, Role: string(admin.RoleOperator), AppointedAt: tx.Now(), AppointedBy: operator().ID,
	}); err != nil {
		return err
	}
	event := audit.Event{
		Kind: audit.OperatorAppointed, Outcome: audit.OutcomeAllow, Reason: "bootstrap", Actor: operator(),
		Detail: map[string]string{"kind": string(kind), "id": id, "role": string(admin.RoleOperator)},
	}
	if kind == storage.OperatorPerson {
		event.Subject = id
	} else {
		event.ClientID = id
	}
	return audit.Record(ctx, tx, event)
}
