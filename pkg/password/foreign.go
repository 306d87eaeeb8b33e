package password

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Imported is a hash that another system made, in the form that is stored here.
type Imported struct {
	// Stored is what Hasher.Verify reads.
	Stored string
	// Scheme names the algorithm and its parameters.
	Scheme string
}

// Formats returns the names of the formats that Import reads.
func Formats() []string { return []string{"phc", "bcrypt", "django", "keycloak", "aspnet-identity"} }

// Import reads a hash of another system. What would cost too much to verify is
// refused here, before it is stored. Errors hold nothing of the hash.
func Import(format, text string) (Imported, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return Imported{}, errEmpty
	case len(text) > 4096:
		return Imported{}, errMalformed
	}
	var h scheme
	var err error
	switch format {
	case "phc", "bcrypt":
		if strings.HasPrefix(text, sha256First) {
			return Imported{}, errMalformed // our own form
		}
		if h, err = parse(text); err == nil {
			if _, ok := h.(bcryptHash); ok != (format == "bcrypt") {
				err = errMalformed
			}
		}
	case "django":
		h, err = fromDjango(text)
	case "keycloak":
		h, err = fromKeycloak(text)
	case "aspnet-identity":
		h, err = fromASPNET(text)
	default:
		return Imported{}, fmt.Errorf("password: the format %.20q is none of %s", format, strings.Join(Formats(), ", "))
	}
	if err != nil {
		return Imported{}, err
	}
	// What was read must read back: what is stored is verified by another day's
	// program.
	if _, err := parse(h.encode()); err != nil {
		return Imported{}, err
	}
	return Imported{Stored: h.encode(), Scheme: h.String()}, nil
}

// fromDjango reads the values of Django's auth_user.password: algorithm, cost,
// salt and hash with dollar signs between them.
func fromDjango(text string) (scheme, error) {
	name, rest, _ := strings.Cut(text, "$")
	parts := strings.Split(rest, "$")
	std := base64.StdEncoding.Strict()
	switch name {
	case "pbkdf2_sha256", "pbkdf2_sha1":
		if len(parts) != 3 {
			return nil, errMalformed
		}
		h := pbkdf2Hash{digest: strings.TrimPrefix(name, "pbkdf2_"), salt: []byte(parts[1])} // the salt is text
		var err, err1 error
		h.iterations, err = decimal(parts[0])
		h.tag, err1 = std.DecodeString(parts[2])
		if err := errors.Join(err, err1); err != nil {
			return nil, errMalformed
		}
		return h, h.bounded()
	case "argon2":
		return parseArgon2("$" + rest)
	case "bcrypt":
		return parseBcrypt(rest)
	case "bcrypt_sha256":
		return parseBcrypt(sha256First + rest)
	case "scrypt":
		if len(parts) != 5 {
			return nil, errMalformed
		}
		n, err := decimal(parts[0])
		r, err1 := decimal(parts[2])
		p, err2 := decimal(parts[3])
		tag, err3 := std.DecodeString(parts[4])
		if err := errors.Join(err, err1, err2, err3); err != nil {
			return nil, errMalformed
		}
		h := scryptHash{r: r, p: p, salt: []byte(parts[1]), tag: tag}
		if h.logN, err = logOf(n); err != nil {
			return nil, err
		}
		return h, h.bounded()
	}
	return nil, errMalformed
}

// keycloakCredential is what Keycloak keeps of a password: two columns of its
// table, or two members of its export, each with JSON in a string.
type keycloakCredential struct {
	Type           string          `json:"type"`
	CredentialData json.RawMessage `json:"credentialData"`
	SecretData     json.RawMessage `json:"secretData"`
}

func fromKeycloak(text string) (scheme, error) {
	var c keycloakCredential
	if err := json.Unmarshal([]byte(text), &c); err != nil || c.Type != "" && c.Type != "password" {
		return nil, errMalformed
	}
	var data struct {
		Algorithm      string              `json:"algorithm"`
		HashIterations uint32              `json:"hashIterations"`
		Additional     map[string][]string `json:"additionalParameters"`
	}
	var secret struct {
		Value string `json:"value"`
		Salt  string `json:"salt"`
	}
	if inner(c.CredentialData, &data) != nil || inner(c.SecretData, &secret) != nil {
		return nil, errMalformed
	}
	std := base64.StdEncoding.Strict()
	salt, err := std.DecodeString(secret.Salt)
	tag, err1 := std.DecodeString(secret.Value)
	if err != nil || err1 != nil {
		return nil, errMalformed
	}
	switch data.Algorithm {
	case "pbkdf2", "pbkdf2-sha256", "pbkdf2-sha512":
		h := pbkdf2Hash{digest: "sha1", iterations: data.HashIterations, salt: salt, tag: tag}
		if name, ok := strings.CutPrefix(data.Algorithm, "pbkdf2-"); ok {
			h.digest = name
		}
		return h, h.bounded()
	case "argon2":
		return fromKeycloakArgon2(data.HashIterations, data.Additional, salt, tag)
	}
	return nil, errMalformed
}

// fromKeycloakArgon2 reads what Keycloak makes since version 24.
func fromKeycloakArgon2(iterations uint32, more map[string][]string, salt, tag []byte) (scheme, error) {
	one := func(name string) string {
		if len(more[name]) != 1 {
			return ""
		}
		return more[name][0]
	}
	kind := map[string]string{"id": "argon2id", "i": "argon2i"}[one("type")]
	if kind == "" || one("version") != "1.3" {
		return nil, errMalformed
	}
	return parseArgon2(fmt.Sprintf("$%s$v=19$m=%s,t=%d,p=%s$%s$%s", kind, one("memory"), iterations, one("parallelism"),
		b64.EncodeToString(salt), b64.EncodeToString(tag)))
}

// inner reads JSON that stands in a string, or as it is.
func inner(raw json.RawMessage, into any) error {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		raw = json.RawMessage(text)
	}
	return json.Unmarshal(raw, into)
}

// fromASPNET reads AspNetUsers.PasswordHash of ASP.NET Identity: base64 of one
// byte that names the version, and what follows.
func fromASPNET(text string) (scheme, error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) == 0 {
		return nil, errMalformed
	}
	switch raw[0] {
	case 0: // version 2: PBKDF2-HMAC-SHA-1, 1,000 iterations, salt of 16 bytes, key of 32
		if len(raw) != 1+16+32 {
			return nil, errMalformed
		}
		h := pbkdf2Hash{digest: "sha1", iterations: 1000, salt: slices.Clone(raw[1:17]), tag: slices.Clone(raw[17:])}
		return h, h.bounded()
	case 1: // version 3: three numbers of four bytes (PRF, iterations, length of the salt), salt, key
		if len(raw) < 13 {
			return nil, errMalformed
		}
		prf, iterations, size := binary.BigEndian.Uint32(raw[1:]), binary.BigEndian.Uint32(raw[5:]), binary.BigEndian.Uint32(raw[9:])
		name, ok := map[uint32]string{0: "sha1", 1: "sha256", 2: "sha512"}[prf]
		if !ok || size < 16 || size > maxPart || int(size) > len(raw)-13 {
			return nil, errMalformed
		}
		h := pbkdf2Hash{digest: name, iterations: iterations, salt: slices.Clone(raw[13 : 13+size]), tag: slices.Clone(raw[13+size:])}
		return h, h.bounded()
	}
	return nil, errMalformed
}
