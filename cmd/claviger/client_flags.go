package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// clientFlags say how an application is registered.
type clientFlags struct {
	file, name, backchannel, authMethod, idTokenAlg, accessTokenAlg string
	redirects, postLogout, scopes, grantTypes, audiences            []string
	acting, pkceOptional, public                                    bool
	sessionIdle, sessionAbsolute                                    limitFlag
}

// limitFlag is a limit of sessions; an empty one is none.
type limitFlag struct {
	text string
	time.Duration
}

var _ pflag.Value = (*limitFlag)(nil)

// String returns what was given.
func (l *limitFlag) String() string { return l.text }

// Type implements [pflag.Value].
func (*limitFlag) Type() string { return "duration" }

// Set implements [pflag.Value].
func (l *limitFlag) Set(text string) (err error) {
	if l.text, l.Duration = text, 0; text != "" {
		l.Duration, err = time.ParseDuration(text)
	}
	return err
}

// The flags of an application: those of what may be absent, of which an empty value says
// that it is, and those of what there always is.
var (
	clientMayLack = []string{"redirect-uri", "post-logout-redirect-uri", "backchannel-logout-uri", "audience", "session-idle", "session-absolute"}
	clientNeeds   = []string{"file", "name", "scope", "grant-type", "auth-method", "id-token-alg", "access-token-alg", "secret-out"}
)

func (c *clientFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.name, "name", "", "`name` that people read on the pages")
	f.StringArrayVar(&c.redirects, "redirect-uri", nil, "redirect `URI`, compared exactly; may be repeated")
	f.StringArrayVar(&c.postLogout, "post-logout-redirect-uri", nil, "`URI` to go to after sign-out; may be repeated")
	f.StringVar(&c.backchannel, "backchannel-logout-uri", "", "`URI` that is told of the end of sessions")
	f.StringSliceVar(&c.scopes, "scope", []string{"openid", "profile", "email", "provider"}, "`scopes` it may ask for, between commas")
	f.StringSliceVar(&c.grantTypes, "grant-type", []string{"authorization_code", "refresh_token"}, "grant `types`, between commas")
	f.StringArrayVar(&c.audiences, "audience", nil, "`audience` of its access tokens; the first is the default; may be repeated")
	f.StringVar(&c.authMethod, "auth-method", "client_secret_basic", "how it authenticates: client_secret_basic or client_secret_post")
	f.StringVar(&c.idTokenAlg, "id-token-alg", "ES256", "`algorithm` of ID tokens: ES256, RS256, PS256 or EdDSA")
	f.StringVar(&c.accessTokenAlg, "access-token-alg", "ES256", "`algorithm` of access tokens: ES256, RS256, PS256 or EdDSA")
	f.BoolVar(&c.acting, "acting", false, "people may act in it for others who let them")
	f.BoolVar(&c.pkceOptional, "insecure-no-pkce", false, "do not insist on PKCE (confidential applications only)")
	f.Var(&c.sessionIdle, "session-idle", "the `time` without activity after which sessions with it end, such as 10m, if that is stricter")
	f.Var(&c.sessionAbsolute, "session-absolute", "the longest `time` that sessions with it live, such as 8h, if that is stricter")
	f.BoolVar(&c.public, "public", false, "the application cannot keep a secret")
	cmd.MarkFlagsMutuallyExclusive("public", "auth-method")
}

// document is what the flags say, as a document with the metadata of RFC 7591; of those
// that were given alone, where all is false. A value that is empty is there and empty.
func (c *clientFlags) document(flags *pflag.FlagSet, all bool) ([]byte, error) {
	if c.sessionIdle.Duration%time.Second != 0 || c.sessionAbsolute.Duration%time.Second != 0 {
		return nil, usageError{errors.New("--session-idle and --session-absolute are whole seconds")}
	}
	for flag, values := range map[string][]string{"redirect-uri": c.redirects, "post-logout-redirect-uri": c.postLogout, "audience": c.audiences} {
		if n := len(filled(values)); n > 0 && n < len(values) {
			return nil, usageError{fmt.Errorf("--%s is empty, beside one that is not", flag)}
		}
	}
	for _, scope := range c.scopes {
		if strings.ContainsAny(scope, " \t") {
			return nil, usageError{fmt.Errorf("--scope %q: scopes are written between commas: --scope %s", scope, strings.Join(strings.Fields(scope), ","))}
		}
	}
	members := map[string]any{}
	for flag, member := range map[string]struct {
		name  string
		value any
	}{
		"name": {"client_name", c.name}, "redirect-uri": {"redirect_uris", filled(c.redirects)},
		"post-logout-redirect-uri": {"post_logout_redirect_uris", filled(c.postLogout)}, "backchannel-logout-uri": {"backchannel_logout_uri", c.backchannel},
		"scope": {"scope", strings.Join(c.scopes, " ")}, "grant-type": {"grant_types", filled(c.grantTypes)}, "audience": {"audiences", filled(c.audiences)},
		"auth-method": {"token_endpoint_auth_method", c.authMethod}, "id-token-alg": {"id_token_signed_response_alg", c.idTokenAlg},
		"access-token-alg": {"access_token_signed_response_alg", c.accessTokenAlg}, "acting": {"acting", c.acting}, "insecure-no-pkce": {"pkce_optional", c.pkceOptional},
		"session-idle": {"session_idle", int64(c.sessionIdle.Duration / time.Second)}, "session-absolute": {"session_absolute", int64(c.sessionAbsolute.Duration / time.Second)},
	} {
		if c.file != "" && flags.Changed(flag) {
			return nil, usageError{fmt.Errorf("--%s does not go with --file: say it in the document", flag)}
		}
		if all || flags.Changed(flag) {
			members[member.name] = member.value
		}
	}
	if c.public && c.file != "" {
		return nil, usageError{errors.New("--public does not go with --file: say it in the document")}
	}
	if c.public {
		members["token_endpoint_auth_method"] = "none"
	}
	return json.Marshal(members)
}

// filled are the values that are not empty: an empty one takes what there was away.
func filled(values []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" })
}

// blame names the file in what is wrong with a registration that stands in one: it is
// wrong then, and not the command line.
func (c *clientFlags) blame(err error) error {
	if err == nil || c.file == "" {
		return err
	}
	var refused usageError
	if errors.As(err, &refused) {
		err = refused.error
	}
	return fmt.Errorf("%s: %w", c.file, err)
}
