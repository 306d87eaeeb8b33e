package web

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/claviger-id/claviger/pkg/problem"
)

// Assets serves static files under names that hold the hash of their content,
// so that browsers may keep them for ever and a new version is a new name.
type Assets struct {
	byName map[string]string // style.css → /assets/style.0123456789ab.css
	files  map[string]asset  // by hashed name
}

type asset struct {
	body  []byte
	media string
}

// NewAssets reads all files at the top of fsys.
func NewAssets(fsys fs.FS) (*Assets, error) {
	a := &Assets{byName: map[string]string{}, files: map[string]asset{}}
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, fmt.Errorf("web: assets: %w", err)
	}
	for _, e := range entries {
		body, err := fs.ReadFile(fsys, e.Name())
		if err != nil {
			return nil, fmt.Errorf("web: assets: %w", err)
		}
		if a.byName[e.Name()], err = a.Add(e.Name(), body); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// Add adds a file that is none of those at the top, before the first is served,
// and returns its address. Another file of the same name stays beside it.
func (a *Assets) Add(name string, body []byte) (string, error) {
	ext := path.Ext(name)
	media := mediaType(ext)
	if media == "" {
		return "", fmt.Errorf("web: assets: %s: no media type is known for %q", name, ext)
	}
	sum := sha256.Sum256(body)
	hashed := strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
	a.files[hashed] = asset{body: body, media: media}
	return "/assets/" + hashed, nil
}

// mediaType does not ask package mime, which reads the machine's own tables.
func mediaType(ext string) string {
	switch ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	}
	return ""
}

// Path returns the address of a file, or "" when there is none.
func (a *Assets) Path(name string) string { return a.byName[name] }

// Routes adds the route of the files.
func (a *Assets) Routes(m *Mux) { m.Handle("GET /assets/{name}", a.serve) }

func (a *Assets) serve(w http.ResponseWriter, r *http.Request) error {
	f, ok := a.files[r.PathValue("name")]
	if !ok {
		return problem.New(problem.NotFound, "There is nothing at this address.")
	}
	h := w.Header()
	h.Set("Content-Type", f.media)
	h.Set("Content-Length", strconv.Itoa(len(f.body)))
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	if r.Method == http.MethodHead {
		return nil
	}
	_, err := w.Write(f.body)
	return err
}
