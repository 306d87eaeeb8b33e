package config_test

import (
	"strings"
	"testing"

	"github.com/claviger-id/claviger/pkg/brand"
	"github.com/claviger-id/claviger/pkg/config"
)

func TestBrand(t *testing.T) {
	c, err := config.Parse("c.toml", []byte(`
[brand]
name = "Harbor Health Plan"
help_es = "Llame al 555-0100."
application = "Harbor Portal"
application_url = "https://portal.harbor.example/"
time_zone = "America/New_York"
logo = "/etc/claviger/logo.svg"
logo_has_name = true
[brand.light]
accent = "#1a4b8c"
[brand.applications."harbor.portal"]
name = "Harbor for Hospitals"
[brand.applications."harbor.portal".dark]
panel = "#0d2240"
`))
	if err != nil {
		t.Fatal(err)
	}
	own := c.Brand.Applications["harbor.portal"]
	if c.Brand.Logo != "/etc/claviger/logo.svg" || !c.Brand.LogoHasName || c.Brand.Light != (brand.Colors{Accent: "#1a4b8c"}) || c.Brand.Help == "" ||
		own.Name != "Harbor for Hospitals" || own.Dark != (brand.Colors{Panel: "#0d2240"}) {
		t.Errorf("brand = %+v", c.Brand)
	}
	if zone, err := c.Brand.Zone(); err != nil || zone.String() != "America/New_York" || c.Brand.Application != "Harbor Portal" || c.Brand.ApplicationURL == "" {
		t.Errorf("%v %v, brand = %+v", zone, err, c.Brand)
	}
}

func TestApplicationsThatNobodyCanOpen(t *testing.T) {
	for text, want := range map[string]string{
		`application_url = "https://portal.example"`:                                  "brand.application_url: needs brand.application",
		"application = \"P\"\napplication_url = \"http://portal.example\"":            "is not the https address of a page",
		"application = \"P\"\napplication_url = \"https://u:p@portal.example\"":       "is not the https address of a page",
		"application = \"P\"\napplication_url = \"javascript:alert(1)\"":              "is not the https address of a page",
		"application = \"P\"\napplication_url = \"https://portal.example/ x\"":        "is not the https address of a page",
		"application = \"P\\nQ\"":                                                     "on one line",
		`time_zone = "Eastern"`:                                                       "is no time zone",
		`time_zone = "Local"`:                                                         "is no time zone",
		`time_zone = "../../etc/passwd"`:                                              "is no time zone",
		"application = \"P\"\napplication_url = \"http://localhost:8090\"":            "",
		"application = \"P\"\napplication_url = \"https://portal.example/?tenant=a\"": "",
	} {
		_, err := config.Parse("c.toml", []byte("[brand]\n"+text))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestBrandsThatCannotBeUsed(t *testing.T) {
	_, err := config.Parse("c.toml", []byte(`
[brand]
name = ""
help_es = "`+strings.Repeat("x", 301)+`"
logo_has_name = true
light = {accent = "#4a90d9", tint = "#000000"}
dark = {panel = "navy"}
[brand.applications.portal]
help_es = "Llame al 555-0100."
light = {highlight = "#0d5555"}
`))
	if err == nil {
		t.Fatal("it is used")
	}
	for _, want := range []string{
		"unknown key brand.",
		"brand.name: 1 to 80 bytes",
		"brand.help_es: at most 300 bytes",
		"brand.logo_has_name: means nothing without logo",
		"brand.light: accent (links) on the page: #4a90d9 and #f4f1ea have a contrast of 2.96:1, where 4.5:1 is needed (WCAG 2.2 AA)",
		`brand.dark.panel: "navy" is not a color such as #0d5555`,
		"brand.applications.portal.help_es: needs help",
		"brand.applications.portal.light: highlight (the address) on the panel: #0d5555 and #0d4a4a have",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in\n%v", want, err)
		}
	}
}
