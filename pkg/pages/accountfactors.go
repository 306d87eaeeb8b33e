package pages

import (
	"net/http"
	"net/url"

	"github.com/claviger-id/claviger/pkg/factor"
	"github.com/claviger-id/claviger/storage"
)

const accountFactorsPath = accountPath + "/factors"

// The pages that change one of them.
const (
	renameFactorPattern  = accountFactorsPath + "/{factor}/rename"
	removeFactorPattern  = accountFactorsPath + "/{factor}/remove"
	replaceFactorPattern = accountFactorsPath + "/{factor}/replace"
	addPasskeyPath       = accountFactorsPath + "/passkey"
	addTOTPPath          = accountFactorsPath + "/totp"
	drawCodesPath        = accountFactorsPath + "/codes"
)

func factorPath(id, what string) string {
	return accountFactorsPath + "/" + url.PathEscape(id) + "/" + what
}

type accountFactorsView struct {
	frame
	Factors []factorRow
	// Codes says how many recovery codes are left; empty where there is nothing that
	// they stand in for.
	Codes, DrawCodes string
	// AddPasskey and AddTOTP lead to setting up another one; empty where it cannot be.
	AddPasskey, AddTOTP string
	// Full says that there are as many as there may be.
	Full bool
}

// factorRow is one of what a person has, in words.
type factorRow struct {
	Name  string
	Facts []string
	// Rename and the others lead to the change; empty where there is none.
	Rename, Remove, Replace string
}

// accountFactors shows somebody what they can prove themselves with, besides the
// password.
func (p *Pages) accountFactors(w http.ResponseWriter, r *http.Request) error {
	pr, current, ok, err := p.visit(w, r, accountFactorsPath)
	if err != nil || !ok {
		return err
	}
	all, err := p.Factors.Own(r.Context(), current.PersonID)
	if err != nil {
		return err
	}
	t := pr.texts.Factors
	view := accountFactorsView{frame: pr.frame(t.Title, false), Full: len(all.Held) >= factor.Most}
	for _, one := range all.Held {
		view.Factors = append(view.Factors, factorRowOf(pr.texts, one))
	}
	if len(all.Held) > 0 {
		view.DrawCodes = drawCodesPath
		if view.Codes = t.CodesLeft(all.Codes); all.Codes > 0 {
			view.Codes += " " + t.CodesAt(pr.texts.Common.Moment(all.CodesAt))
		}
	}
	if !view.Full {
		view.AddTOTP = addTOTPPath
		if p.Factors.Passkeys != nil {
			view.AddPasskey = addPasskeyPath
		}
	}
	return pr.print(w, http.StatusOK, "account-factors", view)
}

func factorRowOf(texts *Texts, one factor.Held) factorRow {
	t := texts.Factors
	row := factorRow{Name: factorName(texts, one), Rename: factorPath(one.ID, "rename")}
	if one.Name != "" {
		row.Facts = append(row.Facts, t.Kind(string(one.Kind)))
	}
	row.Facts = append(row.Facts, t.Added(texts.Common.Moment(one.AddedAt)))
	used := t.Unused
	if !one.UsedAt.IsZero() {
		used = t.Used(texts.Common.Moment(one.UsedAt))
	}
	row.Facts = append(row.Facts, used)
	if one.Kind == storage.AuthenticatorPasskey {
		row.Facts = append(row.Facts, passkeyFacts(t, one)...)
	} else {
		row.Replace = factorPath(one.ID, "replace")
	}
	if one.Kept {
		row.Facts = append(row.Facts, t.Kept)
	} else {
		row.Remove = factorPath(one.ID, "remove")
	}
	return row
}

// passkeyFacts says the flags UV, BE and BS in words (WebAuthn section 6.1.3).
func passkeyFacts(t FactorsTexts, one factor.Held) []string {
	verified, where := t.Verified, t.OneDevice
	if !one.UserVerified {
		verified = t.Unverified
	}
	switch {
	case one.Copied && one.BackedUp:
		where = t.BackedUp
	case one.Copied:
		where = t.Copied
	}
	facts := []string{verified, where}
	if one.Suspect {
		facts = append(facts, t.Suspect)
	}
	return facts
}

// factorName is what a person calls it, or what it is.
func factorName(texts *Texts, one factor.Held) string {
	if one.Name != "" {
		return one.Name
	}
	return texts.Factors.Kind(string(one.Kind))
}
