package brand

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"io"
	"os"
)

// MaxLogo is what a logo may weigh, in bytes: with it the heaviest page stays
// below what a page may weigh.
const MaxLogo = 12 << 10

// maxSide is the width and the height that a PNG may have, in pixels.
const maxSide = 1024

// Logo is a picture that can only be looked at.
type Logo struct {
	// Ext is .svg or .png.
	Ext string
	// Body is the file.
	Body []byte
}

// ReadLogo reads a file and looks at all of it. The error says what is wrong with
// it, and names the file.
func ReadLogo(path string) (*Logo, error) {
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, fmt.Errorf("logo: %w", err)
	}
	defer func() { _ = f.Close() }()
	body, err := io.ReadAll(io.LimitReader(f, MaxLogo+1))
	if err != nil {
		return nil, fmt.Errorf("logo: %w", err)
	}
	logo, err := ParseLogo(body)
	if err != nil {
		return nil, fmt.Errorf("logo: %s: %w", path, err)
	}
	return logo, nil
}

// ParseLogo tells the two kinds apart by their content, whatever the file is
// called.
func ParseLogo(body []byte) (*Logo, error) {
	if len(body) > MaxLogo {
		return nil, fmt.Errorf("is larger than %d bytes", MaxLogo)
	}
	if bytes.HasPrefix(body, []byte("\x89PNG\r\n\x1a\n")) {
		size, err := png.DecodeConfig(bytes.NewReader(body))
		if err != nil {
			return nil, fmt.Errorf("is no whole PNG: %w", err)
		}
		if size.Width > maxSide || size.Height > maxSide {
			return nil, fmt.Errorf("has %d × %d pixels, where %d × %d are allowed", size.Width, size.Height, maxSide, maxSide)
		}
		if _, err := png.Decode(bytes.NewReader(body)); err != nil {
			return nil, fmt.Errorf("is no whole PNG: %w", err)
		}
		return &Logo{Ext: ".png", Body: body}, nil
	}
	if !bytes.Contains(body, []byte("<svg")) {
		return nil, errors.New("is neither SVG nor PNG")
	}
	if err := checkSVG(body); err != nil {
		return nil, err
	}
	return &Logo{Ext: ".svg", Body: body}, nil
}
