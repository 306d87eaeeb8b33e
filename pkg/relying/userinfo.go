package relying

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// Claims are what the provider says about a person (OpenID Connect Core 1.0
// section 5.1).
type Claims map[string]any

// Text returns a claim that is a text, else "".
func (c Claims) Text(name string) string {
	s, _ := c[name].(string)
	return s
}

// UserInfo asks the provider about the person for whom the access token was
// issued. subject is the sub of the ID token; an answer about somebody else is
// an error (OpenID Connect Core 1.0 section 5.3.2).
func (a *Application) UserInfo(ctx context.Context, accessToken, subject string) (Claims, error) {
	if a.Provider.UserInfoEndpoint == "" {
		return nil, errors.New("the provider has no UserInfo endpoint")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.Provider.UserInfoEndpoint, nil)
	if err != nil {
		return nil, fmt.Errorf("UserInfo: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+accessToken)
	var claims Claims
	if err := a.Provider.env.do(ctx, req, &claims); err != nil {
		return nil, fmt.Errorf("UserInfo: %w", err)
	}
	if subject == "" || claims.Text("sub") != subject {
		return nil, errors.New("UserInfo: the answer is about somebody else")
	}
	return claims, nil
}
