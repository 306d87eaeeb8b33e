package fositeop

import (
	"context"

	"github.com/ory/fosite"

	"github.com/claviger-id/claviger/oidc/client"
)

// config is fosite's Configurator. What fosite would fill in at first use, and
// so in a race, is set from the beginning.
type config struct {
	*fosite.Config
	authorize fosite.AuthorizeEndpointHandlers
	byGrant   map[string]fosite.TokenEndpointHandlers
}

func newConfig(o Options) *config {
	return &config{Config: &fosite.Config{
		AccessTokenLifespan: o.TokenLife, AuthorizeCodeLifespan: o.CodeLife, RefreshTokenLifespan: o.GrantLife,
		IDTokenLifespan: o.TokenLife, IDTokenIssuer: o.Issuer, AccessTokenIssuer: o.Issuer,
		ScopeStrategy: fosite.ExactScopeStrategy, AudienceMatchingStrategy: fosite.ExactAudienceMatchingStrategy,
		EnforcePKCEForPublicClients: true, OmitRedirectScopeParam: true, MinParameterEntropy: 1,
		// Whether a refresh token is issued depends on the client alone.
		RefreshTokenScopes:   []string{},
		ClientSecretsHasher:  unused{},
		JWKSFetcherStrategy:  unused{},
		SanitationWhiteList:  []string{"redirect_uri"},
		TokenURL:             o.Issuer + "/token",
		UseLegacyErrorFormat: false,
	}}
}

// GetAuthorizeEndpointHandlers returns the handlers of authorization requests.
func (c *config) GetAuthorizeEndpointHandlers(context.Context) fosite.AuthorizeEndpointHandlers {
	return c.authorize
}

// GetTokenEndpointHandlers returns the handlers of the grant at hand alone:
// fosite asks each of them twice.
func (c *config) GetTokenEndpointHandlers(ctx context.Context) fosite.TokenEndpointHandlers {
	r, _ := ctx.Value(fosite.AccessRequestContextKey).(fosite.AccessRequester)
	if r == nil || len(r.GetGrantTypes()) != 1 {
		return nil
	}
	return c.byGrant[r.GetGrantTypes()[0]]
}

// GetEnforcePKCE says that the client at hand must use PKCE.
func (c *config) GetEnforcePKCE(ctx context.Context) bool {
	return client.RequiresPKCE(memoOf(ctx).client)
}
