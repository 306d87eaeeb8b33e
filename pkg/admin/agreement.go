package admin

import (
	"encoding/hex"
	"time"

	"github.com/claviger-id/claviger/storage"
)

// Agreement is one text of the Use Agreement that was published. Nothing of it changes.
type Agreement struct {
	Audience    string    `json:"audience" doc:"A role, or everyone."`
	Version     string    `json:"version"`
	Language    string    `json:"language" doc:"A BCP 47 tag."`
	SHA256      string    `json:"sha256" doc:"The hash of the text, in hexadecimal."`
	EffectiveAt time.Time `json:"effective_at" doc:"When it begins to be asked for."`
	Grace       int64     `json:"grace" doc:"For how many seconds from then it may be put off."`
	PublishedAt time.Time `json:"published_at"`
	Text        string    `json:"text,omitempty" doc:"Markdown; not in lists."`
}

func shownAgreement(a storage.Agreement) Agreement {
	return Agreement{
		Audience: a.Audience, Version: a.Version, Language: a.Language, SHA256: hex.EncodeToString(a.Hash), EffectiveAt: a.EffectiveAt,
		Grace: int64(a.Grace / time.Second), PublishedAt: a.PublishedAt, Text: string(a.Text),
	}
}

type agreementOutput struct {
	Body Agreement
}
