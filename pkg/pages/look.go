package pages

import (
	"fmt"

	"github.com/claviger-id/claviger/pkg/brand"
)

// look is a brand, with the addresses of its files.
type look struct {
	brand.Brand
	style          string
	mark, markType string
	logo           string // empty where the key is shown
}

// shown is what a page says of the brand, in its language.
type shown struct {
	Name, Help string
	// Host is the issuer's host as the address bar shows it. It may be empty.
	Host string
	// Logo is the address of the logo; empty where the key is shown. LogoHasName says
	// that the name is not written beside it.
	Logo        string
	LogoHasName bool
}

func (l look) shown(host, language string) shown {
	return shown{Name: l.Name, Help: l.HelpIn(language), Host: host, Logo: l.logo, LogoHasName: l.LogoHasName}
}

// dress adds the files of all brands.
func (p *press) dress(house brand.Brand, applications map[string]brand.Brand) error {
	var err error
	if p.house, err = p.look(house); err != nil {
		return err
	}
	p.looks = map[string]look{}
	for id, own := range applications {
		if p.looks[id], err = p.look(own.Over(house)); err != nil {
			return err
		}
	}
	return nil
}

func (p *press) look(b brand.Brand) (look, error) {
	l := look{Brand: b, mark: p.assets.Path("mark.svg"), markType: "image/svg+xml"}
	style, err := assetFiles.ReadFile("assets/style.css")
	if err != nil {
		return l, fmt.Errorf("pages: %w", err)
	}
	if l.style, err = p.assets.Add("style.css", append(style, b.Style()...)); err != nil || b.Logo == nil {
		return l, err
	}
	if l.logo, err = p.assets.Add("logo"+b.Logo.Ext, b.Logo.Body); err != nil {
		return l, err
	}
	l.mark, l.markType = l.logo, map[string]string{".svg": "image/svg+xml", ".png": "image/png"}[b.Logo.Ext]
	return l, nil
}
