package e2e

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// aLook is how a page of the gallery is looked at. 640 and 320 CSS pixels are what
// a screen of 1280 shows at 200 % and 400 % (WCAG 2.2 SC 1.4.4, 1.4.10).
type aLook struct {
	scheme string
	width  int64
}

// TestGallery shows every page in every state, in all languages, to axe-core, in
// both themes, zoomed and narrow; nothing may stand in anybody's way, and nothing
// may have to be scrolled sideways. With CLAVIGER_GALLERY it leaves pictures in
// that directory, and with a pattern in CLAVIGER_GALLERY_PAGES, such as account*, it
// looks at those pages only, besides the few that it looks at in other media.
func TestGallery(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	dir := t.TempDir()
	write := exec.CommandContext(t.Context(), "go", "test", "-count", "1", "-run", "^TestGallery$", "./pkg/pages", "-gallery", dir)
	write.Dir = "../../.."
	if out, err := write.CombinedOutput(); err != nil {
		t.Fatalf("writing the gallery: %v\n%s", err, out)
	}
	axe, err := os.ReadFile("node/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatalf("axe-core is not installed (%v): run the tests with make test or make e2e", err)
	}
	files := http.FileServer(http.Dir(dir))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store") // every page is weighed as at a first visit
		files.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	pages, err := filepath.Glob(filepath.Join(dir, "*", cmp.Or(os.Getenv("CLAVIGER_GALLERY_PAGES"), "*")+".html"))
	if err != nil || len(pages) == 0 {
		t.Fatalf("the gallery is empty: %v", err)
	}
	slices.Sort(pages)
	work := make(chan string)
	var wait sync.WaitGroup
	for range 3 {
		tab := b.tab()
		wait.Go(func() {
			for page := range work {
				name, err := filepath.Rel(dir, page)
				if err != nil {
					t.Error(err)
					continue
				}
				if err := tab.walk(server.URL, strings.TrimSuffix(name, ".html"), string(axe)); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
	for _, page := range pages {
		work <- page
	}
	close(work)
	wait.Wait()
	t.Run("media", func(t *testing.T) { b.media(t, server.URL, string(axe)) })
}

// walk looks at one page in every way.
func (b *browser) walk(origin, name, axeScript string) error {
	ctx, cancel := b.within()
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, chromedp.Navigate(origin+"/"+name+".html")); err != nil {
		return err
	}
	if err := b.weigh(ctx, name); err != nil {
		return err
	}
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[chromedp.Void](axeScript+";0")); err != nil {
		return fmt.Errorf("loading axe-core: %w", err)
	}
	// Colours do not depend on the width, nor widths on the colours: two looks see
	// both of each.
	for _, l := range []aLook{{"light", 640}, {"dark", 320}} {
		if err := show(ctx, l); err != nil {
			return err
		}
		found, err := chromedp.Run(ctx, chromedp.Evaluate[[]violation](axe, chromedp.EvalAwaitPromise))
		if err != nil {
			return fmt.Errorf("running axe-core: %w", err)
		}
		for _, v := range found {
			// Signing out passes through this page without being asked: nothing on
			// it has to be read, and its link does the same at once.
			if v.ID == "meta-refresh" && strings.HasSuffix(name, "/signing-out") {
				continue
			}
			b.t.Errorf("%s, %s, %d px: %s (%s, %s)\n\t%s", name, l.scheme, l.width, v.Help, v.ID, v.Impact, strings.Join(v.Nodes, "\n\t"))
		}
		over, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth - document.documentElement.clientWidth`))
		if err != nil {
			return err
		}
		if over > 0 {
			b.t.Errorf("%s, %d px: %d px have to be scrolled sideways", name, l.width, over)
		}
	}
	pictures := os.Getenv("CLAVIGER_GALLERY")
	if pictures == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(filepath.Join(pictures, name)), 0o750); err != nil {
		return err
	}
	for _, l := range []aLook{{"light", 375}, {"dark", 375}, {"light", 1280}, {"dark", 1280}} {
		if err := show(ctx, l); err != nil {
			return err
		}
		form := map[bool]string{true: "narrow", false: "wide"}[l.width < 640]
		if err := picture(ctx, l.width, filepath.Join(pictures, name+"-"+l.scheme+"-"+form+".png")); err != nil {
			return err
		}
	}
	return nil
}

// picture takes one of the whole page, in a window that is as high as the page.
func picture(ctx context.Context, width int64, path string) error {
	height, err := chromedp.Run(ctx, chromedp.Evaluate[int64](`document.documentElement.scrollHeight`))
	if err != nil {
		return err
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, max(height, 800))); err != nil {
		return err
	}
	yes := true
	shot, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{OptimizeForSpeed: &yes})
	if err != nil {
		return fmt.Errorf("taking a picture: %w", err)
	}
	return os.WriteFile(path, shot.Data, 0o600)
}

// mostBytes is what a page may weigh with all that it loads, uncompressed.
const mostBytes = 40_000

// weigh counts what the browser loaded for the page.
func (b *browser) weigh(ctx context.Context, name string) error {
	b.t.Helper()
	loaded, err := chromedp.Run(ctx, chromedp.Evaluate[[]struct {
		Size int
		From string
	}](`[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")].map(
			e => ({Size: e.encodedBodySize, From: e.name.startsWith(location.origin + "/") ? "" : e.name}))`))
	if err != nil {
		return fmt.Errorf("weighing: %w", err)
	}
	sum := 0
	for _, one := range loaded {
		if sum += one.Size; one.From != "" {
			b.t.Errorf("%s: loads %s", name, one.From)
		}
	}
	b.t.Logf("%s: %d bytes in %d requests", name, sum, len(loaded))
	if len(loaded) < 2 || sum > mostBytes {
		b.t.Errorf("%s: %d bytes in %d requests, where %d bytes are allowed", name, sum, len(loaded), mostBytes)
	}
	return nil
}

// show sets the theme and the width of the window.
func show(ctx context.Context, l aLook) error {
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: l.scheme},
			{Name: "prefers-reduced-motion", Value: "reduce"}, // as in browser.scheme
		},
	})
	if err != nil {
		return err
	}
	return chromedp.Do(ctx, chromedp.EmulateViewport(l.width, 800))
}
