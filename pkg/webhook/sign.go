package webhook

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Secrets sign: the current one, and while it is replaced another one.
type Secrets [][]byte

// The form of a secret (Standard Webhooks, "Signature scheme"): 24 to 64 bytes.
const (
	secretPrefix = "whsec_"
	minSecret    = 24
	maxSecret    = 64
	maxSecrets   = 2
)

// ParseSecrets reads secrets, one a line.
func ParseSecrets(text string) (Secrets, error) {
	var all Secrets
	for lines := bufio.NewScanner(strings.NewReader(text)); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if line == "" {
			continue
		}
		encoded, ok := strings.CutPrefix(line, secretPrefix)
		key, err := base64.StdEncoding.DecodeString(encoded)
		if !ok || err != nil || len(key) < minSecret || len(key) > maxSecret {
			return nil, fmt.Errorf("secret %d is not whsec_ and %d to %d bytes in base64", len(all)+1, minSecret, maxSecret)
		}
		all = append(all, key)
	}
	switch {
	case len(all) == 0:
		return nil, errors.New("there is no secret")
	case len(all) > maxSecrets:
		return nil, fmt.Errorf("there are %d secrets; two are enough to replace one", len(all))
	}
	return all, nil
}

// Sign returns the signatures of a call, separated by a space.
func (s Secrets) Sign(id string, at time.Time, body []byte) string {
	var all []string
	for _, key := range s {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
		h.Write(body)
		all = append(all, "v1,"+base64.StdEncoding.EncodeToString(h.Sum(nil)))
	}
	return strings.Join(all, " ")
}
