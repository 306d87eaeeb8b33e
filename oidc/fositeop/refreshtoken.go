package fositeop

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// refreshToken is what a refresh token says. It is derived, not stored: equal
// ones can be made again, and whatever was not made here is refused before
// anything is looked up.
//
// The session is empty for a grant that outlives it.
type refreshToken struct {
	grantID    string
	sessionID  string
	generation int64
}

func refreshTokenOf(g storage.Grant) refreshToken {
	t := refreshToken{grantID: g.ID, sessionID: g.SessionID, generation: g.Generation}
	if g.Offline {
		t.sessionID = ""
	}
	return t
}

// encode writes grant.session.generation.mac. The client is under the MAC, so
// that a token works for the client it was issued to and no other (RFC 6749
// section 10.4).
func (t refreshToken) encode(k *secret.Keyring, clientID string) string {
	text := t.grantID + "." + t.sessionID + "." + strconv.FormatInt(t.generation, 36)
	return text + "." + base64.RawURLEncoding.EncodeToString(k.MAC("refresh-token", []byte(text+"."+clientID)))
}

func decodeRefreshToken(k *secret.Keyring, clientID, token string) (refreshToken, bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 4 {
		return refreshToken{}, false
	}
	generation, err := strconv.ParseInt(parts[2], 36, 64)
	if err != nil || generation < 1 {
		return refreshToken{}, false
	}
	t := refreshToken{grantID: parts[0], sessionID: parts[1], generation: generation}
	// Comparing the whole text leaves no second spelling of a token.
	if !secret.Equal([]byte(t.encode(k, clientID)), []byte(token)) {
		return refreshToken{}, false
	}
	return t, true
}
