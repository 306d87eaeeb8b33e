package relying

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// keptSession is what is sealed of a session.
type keptSession struct {
	IDToken    IDToken        `json:"id_token"`
	Raw        string         `json:"raw"`
	Claims     map[string]any `json:"claims"`
	UserInfo   Claims         `json:"userinfo"`
	Tokens     Tokens         `json:"tokens"`
	Begun      time.Time      `json:"begun"`
	Seen       time.Time      `json:"seen"`
	Ends       time.Time      `json:"ends"`
	Refreshing time.Time      `json:"refreshing"`
	Sent       time.Time      `json:"sent"`
}

// keyOf is what a store knows a session by. The cookie has 256 random bits, so that a
// hash alone keeps it.
func keyOf(cookie string) string {
	sum := sha256.Sum256([]byte(cookie))
	return hex.EncodeToString(sum[:])
}

// sealingKey is made of the cookie, which no store knows.
func sealingKey(cookie string) []byte {
	mac := hmac.New(sha256.New, []byte(cookie))
	mac.Write([]byte("session of a relying application"))
	return mac.Sum(nil)
}

func closed(cookie string, s Session, version int64) (SessionRecord, error) {
	record := SessionRecord{Key: keyOf(cookie), SignIn: s.IDToken.SessionID, Subject: s.IDToken.Subject, Ends: s.Ends, Version: version}
	text, err := json.Marshal(keptSession{
		IDToken: s.IDToken, Raw: s.IDToken.Raw, Claims: s.IDToken.Claims, UserInfo: s.UserInfo, Tokens: s.Tokens,
		Begun: s.Begun, Seen: s.Seen, Ends: s.Ends, Refreshing: s.refreshing, Sent: s.sent,
	})
	if err != nil {
		return SessionRecord{}, fmt.Errorf("sealing a session: %w", err)
	}
	aead, err := newSealer(sealingKey(cookie))
	if err != nil {
		return SessionRecord{}, fmt.Errorf("sealing a session: %w", err)
	}
	record.Sealed = aead.Seal(nil, nil, text, []byte(record.Key))
	return record, nil
}

func opened(cookie string, record SessionRecord) (Session, error) {
	aead, err := newSealer(sealingKey(cookie))
	if err != nil {
		return Session{}, fmt.Errorf("opening a session: %w", err)
	}
	text, err := aead.Open(nil, nil, record.Sealed, []byte(record.Key))
	if err != nil {
		return Session{}, fmt.Errorf("opening a session: %w", err)
	}
	var k keptSession
	if err := json.Unmarshal(text, &k); err != nil {
		return Session{}, fmt.Errorf("opening a session: %w", err)
	}
	k.IDToken.Raw, k.IDToken.Claims = k.Raw, k.Claims
	return Session{
		IDToken: k.IDToken, UserInfo: k.UserInfo, Tokens: k.Tokens,
		Begun: k.Begun, Seen: k.Seen, Ends: k.Ends, refreshing: k.Refreshing, sent: k.Sent,
	}, nil
}
