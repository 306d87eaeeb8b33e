package mfa

import (
	"fmt"
	"image/color"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// Picture is a QR code as the path of an SVG element, one unit a module.
type Picture struct {
	// Size is the width and height, with the quiet zone.
	Size int
	// Path is the d attribute.
	Path string
}

// quiet is the margin that ISO/IEC 18004 asks for, in modules.
const quiet = 4

// NewPicture draws text.
func NewPicture(text string) (Picture, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return Picture{}, fmt.Errorf("mfa: picture: %w", err)
	}
	size := code.Bounds().Dx()
	dark := func(x, y int) bool { return x < size && code.At(x, y) == color.Black }
	var path strings.Builder
	for y := range size {
		for x := 0; x < size; x++ {
			if !dark(x, y) {
				continue
			}
			from := x
			for dark(x, y) {
				x++
			}
			fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from+quiet, y+quiet, x-from, x-from)
		}
	}
	return Picture{Size: size + 2*quiet, Path: path.String()}, nil
}
