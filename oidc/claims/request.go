package claims

import (
	"encoding/json"
	"errors"
	"slices"
)

// Request is the claims request parameter (OpenID Connect Core section 5.5).
type Request struct {
	Userinfo map[string]Ask `json:"userinfo"`
	IDToken  map[string]Ask `json:"id_token"`
}

// Ask is how one claim is asked for (section 5.5.1).
type Ask struct {
	Essential bool     `json:"essential,omitempty"`
	Value     string   `json:"value,omitempty"`
	Values    []string `json:"values,omitempty"`
}

// The bounds of the parameter.
const (
	maxRequest = 4096 // bytes
	maxAsked   = 64
)

// ParseRequest reads the parameter; nothing is an empty request. Members that
// are not understood are ignored, as the specification has it.
func ParseRequest(text []byte) (Request, error) {
	var r Request
	if len(text) == 0 {
		return r, nil
	}
	if len(text) > maxRequest {
		return r, errors.New("claims: the request is too long")
	}
	var raw struct {
		Userinfo map[string]json.RawMessage `json:"userinfo"`
		IDToken  map[string]json.RawMessage `json:"id_token"`
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		return r, errors.New("claims: the request cannot be read")
	}
	if len(raw.Userinfo)+len(raw.IDToken) > maxAsked {
		return r, errors.New("claims: the request asks for too much")
	}
	r.Userinfo, r.IDToken = asks(raw.Userinfo), asks(raw.IDToken)
	return r, nil
}

func asks(raw map[string]json.RawMessage) map[string]Ask {
	all := make(map[string]Ask, len(raw))
	for name, text := range raw {
		var a struct {
			Essential bool            `json:"essential"`
			Value     json.RawMessage `json:"value"`
			Values    json.RawMessage `json:"values"`
		}
		_ = json.Unmarshal(text, &a) // null, or what nobody has defined: asked for, voluntarily
		ask := Ask{Essential: a.Essential}
		_ = json.Unmarshal(a.Value, &ask.Value)
		_ = json.Unmarshal(a.Values, &ask.Values)
		all[name] = ask
	}
	return all
}

// Accepts returns the values that are asked for; none means any.
func (a Ask) Accepts() []string {
	if a.Value != "" {
		return []string{a.Value}
	}
	return a.Values
}

// Beside returns the scopes of the client, beside those that are granted, that
// claims which are asked for by name belong to.
func (r Request) Beside(granted, registered []string) []string {
	var scopes []string
	for _, s := range byScope {
		if slices.Contains(granted, s.scope) {
			continue
		}
		one := []string{s.scope}
		if slices.Contains(registered, s.scope) && len(Allowed(r.Userinfo, one))+len(Allowed(r.IDToken, one)) > 0 {
			scopes = append(scopes, s.scope)
		}
	}
	return scopes
}

// Allowed returns the claims about the person that are asked for by name, of
// those that one of the client's scopes stands for, in order.
func Allowed(asked map[string]Ask, scopes []string) []string {
	return slices.DeleteFunc(For(scopes), func(name string) bool {
		_, ok := asked[name]
		return !ok || name == "sub"
	})
}
