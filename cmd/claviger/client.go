package main

import (
	"context"
	"errors"
	"strings"

	"github.com/claviger-id/claviger/storage"
)

// noClient is the error of a command whose application nobody registered.
type noClient struct{ id string }

func (e noClient) Error() string { return "there is no application " + e.id }
func (noClient) Unwrap() error   { return storage.ErrNotFound }

// clientIn finds an application in a transaction.
func clientIn(ctx context.Context, tx storage.Tx, id string) (storage.Client, error) {
	if strings.TrimSpace(id) == "" {
		return storage.Client{}, usageError{errors.New("the ID of the application is empty")}
	}
	c, err := tx.Clients().Get(ctx, id)
	if errors.Is(err, storage.ErrNotFound) {
		return c, noClient{id}
	}
	return c, err
}

// client finds an application.
func (in *installation) client(ctx context.Context, id string) (c storage.Client, err error) {
	err = in.store.View(ctx, func(tx storage.Tx) error {
		c, err = clientIn(ctx, tx, id)
		return err
	})
	return c, err
}
