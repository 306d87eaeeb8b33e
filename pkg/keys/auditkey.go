package keys

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// auditAlgorithm is what checkpoints are signed with (C2SP signed-note,
// signature type 1).
const auditAlgorithm = "Ed25519"

// auditOrigin is the setting that names the log: the origin of its checkpoints.
const auditOrigin = "audit-origin"

// AuditKey is the key of the audit log's checkpoints.
type AuditKey struct {
	Signer note.Signer
	// Verifier is the public half in the text form of a signed note. Auditors
	// keep it outside of the installation.
	Verifier string
}

// OpenAuditKey loads the key of the audit log, and makes it where there is none.
func OpenAuditKey(ctx context.Context, store storage.Store, ring *secret.Keyring) (AuditKey, error) {
	var (
		origin []byte
		record storage.SigningKey
	)
	err := store.Tx(ctx, func(tx storage.Tx) error {
		if err := tx.SigningKeys().Lock(ctx, storage.KeyUseAudit); err != nil {
			return err
		}
		var err error
		if origin, err = tx.Settings().PutOnce(ctx, auditOrigin, []byte("claviger/audit/"+secret.NewID())); err != nil {
			return err
		}
		all, err := tx.SigningKeys().All(ctx, storage.KeyUseAudit, tx.Now())
		if err != nil {
			return err
		}
		if len(all) > 0 {
			record = all[len(all)-1]
			return nil
		}
		if record, err = newRecord(ring, storage.KeyUseAudit, auditAlgorithm, tx.Now(), tx.Now()); err != nil {
			return err
		}
		if err := tx.SigningKeys().Insert(ctx, record); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.KeyCreated, Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "system"},
			Detail: map[string]string{"kid": record.ID, "alg": auditAlgorithm, "use": string(record.Use)},
		})
	})
	if err != nil {
		return AuditKey{}, fmt.Errorf("keys: audit: %w", err)
	}
	private, err := openRecord(ring, record)
	if err != nil {
		return AuditKey{}, err
	}
	return newAuditKey(string(origin), private)
}

func newAuditKey(origin string, private crypto.Signer) (AuditKey, error) {
	public, ok := private.Public().(ed25519.PublicKey)
	if !ok {
		return AuditKey{}, errors.New("keys: the audit key is not Ed25519")
	}
	vkey, err := note.NewEd25519VerifierKey(origin, public)
	if err != nil {
		return AuditKey{}, fmt.Errorf("keys: audit: %w", err)
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return AuditKey{}, fmt.Errorf("keys: audit: %w", err)
	}
	return AuditKey{Signer: &noteSigner{verifier: verifier, private: private}, Verifier: vkey}, nil
}

// noteSigner signs notes with a key that never becomes text.
type noteSigner struct {
	verifier note.Verifier
	private  crypto.Signer
}

var _ note.Signer = (*noteSigner)(nil)

// Name is the log's origin.
func (s *noteSigner) Name() string { return s.verifier.Name() }

// KeyHash is the short name of the key in a signature line.
func (s *noteSigner) KeyHash() uint32 { return s.verifier.KeyHash() }

// Sign signs the note's text.
func (s *noteSigner) Sign(msg []byte) ([]byte, error) {
	return s.private.Sign(rand.Reader, msg, crypto.Hash(0))
}
