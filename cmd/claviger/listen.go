package main

import (
	"context"
	"errors"
	"fmt"
	"net"
)

// listen opens both listeners before anything is served, so that a taken port
// stops the program and not half of it.
func (in *installation) listen(ctx context.Context) (public, admin net.Listener, err error) {
	var open net.ListenConfig
	if public, err = open.Listen(ctx, "tcp", in.config.Public.Listen); err != nil {
		return nil, nil, fmt.Errorf("public.listen: %w", err)
	}
	if admin, err = open.Listen(ctx, "tcp", in.config.Admin.Listen); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("admin.listen: %w", err), public.Close())
	}
	return public, admin, nil
}

// listenMTLS opens the listener that asks for certificates; nil when there is
// none.
func (in *installation) listenMTLS(ctx context.Context) (net.Listener, error) {
	if in.config.Public.MTLSListen == "" {
		return nil, nil
	}
	var open net.ListenConfig
	l, err := open.Listen(ctx, "tcp", in.config.Public.MTLSListen)
	if err != nil {
		return nil, fmt.Errorf("public.mtls_listen: %w", err)
	}
	return l, nil
}
