package client

import (
	"slices"
	"time"

	"github.com/claviger-id/claviger/storage"
)

// The profiles: each sets the rules of a client together.
const (
	// ProfileBaseline is OpenID Connect as RFC 9700 wants it.
	ProfileBaseline = "baseline"
	// ProfileFAPI2 is the FAPI 2.0 Security Profile.
	ProfileFAPI2 = "fapi2"
	// ProfileSMART is SMART App Launch for applications at health records.
	ProfileSMART = "smart"
)

// Profiles returns the profiles.
func Profiles() []string { return []string{ProfileBaseline, ProfileFAPI2, ProfileSMART} }

// Profile is the client's profile.
func Profile(c storage.Client) string {
	if c.Profile == "" {
		return ProfileBaseline
	}
	return c.Profile
}

// IsFAPI2 says that the client lives by the FAPI 2.0 Security Profile.
func IsFAPI2(c storage.Client) bool { return Profile(c) == ProfileFAPI2 }

// RequiresPushed says that authorization requests of the client have to be
// pushed (FAPI 2.0 Security Profile section 5.3.2.2).
func RequiresPushed(c storage.Client) bool { return c.RequirePushed || IsFAPI2(c) }

// SenderConstrained says that the client's tokens are always bound to a key.
func SenderConstrained(c storage.Client) bool { return c.DPoPBound || c.CertificateBound }

// Rotates says that refresh tokens of the client change with each use. For a
// confidential client whose tokens are bound to a key there is nothing to gain
// (RFC 9700 section 2.2.2, FAPI 2.0 Security Profile section 5.3.2.1).
func Rotates(c storage.Client) bool { return Public(c) || !SenderConstrained(c) }

// AssertionAlgs returns the algorithms that the client may sign its assertions
// with. SMART App Launch section 5.1 adds the longer hashes.
func AssertionAlgs(c storage.Client) []string { return signedWith(c, c.AuthAlg) }

// RequestObjectAlgs returns the algorithms that the client may sign its request
// objects with.
func RequestObjectAlgs(c storage.Client) []string { return signedWith(c, c.RequestObjectAlg) }

func signedWith(c storage.Client, only string) []string {
	all := AcceptedAlgorithms()
	switch Profile(c) {
	case ProfileFAPI2: // section 5.4.1
		all = []string{AlgES256, AlgPS256, AlgEdDSA}
	case ProfileSMART:
		all = append(all, "ES384", "RS384")
	}
	if only != "" {
		return slices.DeleteFunc(all, func(a string) bool { return a != only })
	}
	return all
}

// SoleIssuerAudience says that the issuer, as a single string, is the only
// audience of the client's assertions (FAPI 2.0 Security Profile section
// 5.3.2.1). For others the token endpoint serves as well, which SMART and many
// libraries send (RFC 7523 section 3).
func SoleIssuerAudience(c storage.Client) bool { return IsFAPI2(c) }

// AssertionLife is the most that the exp of an assertion of the client may be
// ahead (SMART App Launch section 5.1.3: five minutes).
func AssertionLife(c storage.Client) time.Duration {
	if Profile(c) == ProfileSMART {
		return 5 * time.Minute
	}
	return time.Hour
}

// CodeLife is the life of an authorization code of the client, which the profile
// may shorten (FAPI 2.0 Security Profile section 5.3.2.1: 60 seconds).
func CodeLife(c storage.Client, configured time.Duration) time.Duration {
	if IsFAPI2(c) {
		return min(configured, time.Minute)
	}
	return configured
}

// MayOffline says that the client may ask for tokens that outlive the session
// (OpenID Connect Core section 11).
func MayOffline(c storage.Client) bool {
	return MayUse(c, GrantRefreshToken) && slices.Contains(c.Scopes, ScopeOffline)
}
