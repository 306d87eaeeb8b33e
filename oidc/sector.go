package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/claviger-id/claviger/oidc/clientkeys"
	"github.com/claviger-id/claviger/storage"
)

// maxSector is the most addresses that a sector document may hold.
const maxSector = 1000

// CheckSector fetches the sector identifier of a registration, where it has one,
// and says which of its redirect URIs the document does not hold (OpenID Connect
// Core section 8.1).
func CheckSector(ctx context.Context, fetch clientkeys.Fetcher, c storage.Client) error {
	if c.SectorURI == "" {
		return nil
	}
	d, err := fetch.Get(ctx, c.SectorURI, "application/json")
	if err != nil {
		return fmt.Errorf("the sector_identifier_uri cannot be fetched: %w", err)
	}
	var listed []string
	if err := json.Unmarshal(d.Body, &listed); err != nil || len(listed) > maxSector {
		return fmt.Errorf("the document at the sector_identifier_uri is not an array of at most %d addresses", maxSector)
	}
	var missing []error
	for _, uri := range c.RedirectURIs {
		if !slices.Contains(listed, uri) {
			missing = append(missing, fmt.Errorf("the redirect URI %q is not in the document at the sector_identifier_uri", uri))
		}
	}
	return errors.Join(missing...)
}
