package main

import (
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
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

const (
	// bootstrapSetting says that there was a first operator.
	bootstrapSetting = "admin-bootstrap"
	// bootstrapClient is the client of the first operator.
	bootstrapClient = "claviger-admin"
)

func (p *program) adminBootstrapCommand() *cobra.Command {
	var keyOut, userID string
	cmd := &cobra.Command{
		Use:   "bootstrap --key-out FILE [--user-id USER-ID]",
		Short: "Make the first operator, once",
		Long: `Makes the first operator of the admin API, which can be done once. The operator is
an application, ` + bootstrapClient + `, that signs in with the key written to FILE (a JSON Web
Key; whoever has it is an operator), and, with --user-id, a person as well.

Its access tokens come from the grant client_credentials, authenticated with
private_key_jwt and bound with DPoP, addressed to the admin API. A lost key is
replaced from this machine with: claviger client change claviger-admin --file FILE,
which holds the jwks of another.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.change(cmd.Context(), true, func(in *installation) error {
				return p.bootstrap(cmd.Context(), in, keyOut, userID)
			})
		},
	}
	cmd.Flags().StringVar(&keyOut, "key-out", "", "new `file` for the private key")
	cmd.Flags().StringVar(&userID, "user-id", "", "`User ID` of a person who becomes an operator too")
	selects(cmd, "user-id")
	_ = cmd.MarkFlagRequired("key-out")
	return cmd
}

func (p *program) bootstrap(ctx context.Context, in *installation, keyOut, userID string) error {
	if err := in.store.View(ctx, func(tx storage.Tx) error {
		_, err := tx.Settings().Get(ctx, bootstrapSetting)
		return err
	}); err == nil {
		return errSecondBootstrap
	} else if !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	if err := free(keyOut); err != nil {
		return err
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
		ID: bootstrapClient, Name: "Claviger command line", AuthMethod: "private_key_jwt", JWKS: public, DPoPBound: true,
		GrantTypes: []string{client.GrantClientCredentials}, Scopes: slices.Sorted(maps.Keys(admin.Scopes())), Audiences: []string{in.config.AdminURL()},
	}
	if err := client.Validate(c); err != nil {
		return err
	}
	linked := false
	err = in.store.Tx(ctx, func(tx storage.Tx) error {
		if err := in.firstOperator(ctx, tx, c, userID); err != nil {
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
		bootstrapClient, keyOut, in.config.Public.Issuer, in.config.AdminURL(), in.config.AdminURL())
	return err
}

// errSecondBootstrap: the first operator is made once, whoever asks.
var errSecondBootstrap = errors.New("there was a first operator before, which is done once; others are made with: claviger admin grant")

// firstOperator writes the first operator, unless there was one.
func (in *installation) firstOperator(ctx context.Context, tx storage.Tx, c storage.Client, userID string) error {
	own := secret.NewID()
	stands, err := tx.Settings().PutOnce(ctx, bootstrapSetting, []byte(own))
	if err != nil {
		return err
	}
	if string(stands) != own {
		return errSecondBootstrap
	}
	c.CreatedAt, c.UpdatedAt = tx.Now(), tx.Now()
	if err := tx.Clients().Insert(ctx, c); errors.Is(err, storage.ErrConflict) {
		return fmt.Errorf("there is an application %s already; remove it first", c.ID)
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
