package credential

import (
	"context"

	"github.com/claviger-id/claviger/pkg/limit"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// deviceLength is the length of what a browser keeps.
const deviceLength = 43

// deviceHash is under which a browser is known, or nil when what it sent is
// nothing of ours.
func deviceHash(device string) []byte {
	if len(device) != deviceLength {
		return nil
	}
	return secret.Hash(device)
}

// remember makes the browser known and returns what it is to keep. Several people
// may be known in one browser. What a browser sent and nobody is known by is not
// taken over: somebody may have planted it.
func remember(ctx context.Context, tx storage.Tx, a attempt, device string) (string, error) {
	if a.known {
		return device, nil
	}
	if a.device != nil {
		known, err := tx.KnownDevices().Known(ctx, a.device)
		if err != nil {
			return "", err
		}
		if !known {
			device = ""
		}
	} else {
		device = ""
	}
	if device == "" {
		device = secret.NewToken()
	}
	return device, tx.KnownDevices().Know(ctx, storage.KnownDevice{
		Hash: secret.Hash(device), PersonID: a.person.ID, KnownAt: tx.Now(), UsedAt: tx.Now(),
	}, limit.Devices)
}
