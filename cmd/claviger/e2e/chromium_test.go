package e2e

import (
	"context"
	"os"
	"sync"
	"time"

	"github.com/chromedp/chromedp"
)

// chromium is the one process of this package's tests: to start it costs more than
// most of what they do with it.
var chromium chromiumProcess

type chromiumProcess struct {
	mu   sync.Mutex // guards what follows
	ctx  context.Context
	stop func()
}

// running starts it where it does not run, and returns its context.
func (c *chromiumProcess) running(path string) (context.Context, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx != nil && c.ctx.Err() == nil {
		return c.ctx, nil
	}
	if c.stop != nil { // it has died
		c.stop()
		c.stop = nil
	}
	profile, err := os.MkdirTemp("", "claviger-chromium-*")
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.UserDataDir(profile),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("no-first-run", true),
		// What the package disables anyway, and to keep a process ready for the next site.
		chromedp.Flag("disable-features", "Translate,BlinkGenPropertyTrees,SpareRendererForSitePerProcess"),
	)
	allocator, stopAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stopBrowser := chromedp.NewContext(allocator)
	c.stop = func() {
		stopBrowser()
		stopAllocator()
		// Chromium's children write a moment longer than it lives.
		for range 50 {
			if os.RemoveAll(profile) == nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
	// The first run starts the browser and must have no deadline of its own.
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1100, 850)); err != nil {
		c.stop()
		c.stop = nil
		return nil, err
	}
	c.ctx = ctx
	return ctx, nil
}

// end ends it.
func (c *chromiumProcess) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stop != nil {
		c.stop()
		c.stop = nil
	}
}
