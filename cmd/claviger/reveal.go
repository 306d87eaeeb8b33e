package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/config"
	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/recovery"
	"github.com/claviger-id/claviger/storage"
)

// reveal says where a temporary password goes: it exists once, and what it was
// is stored nowhere.
type reveal struct {
	letters string
	screen  bool
	deliver string
}

func (r *reveal) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.letters, "letters", "", "`directory` for a letter with the temporary password")
	cmd.Flags().BoolVar(&r.screen, "show", false, "print the temporary password, once")
	cmd.Flags().StringVar(&r.deliver, "deliver", "", "send a link to the temporary password by `channel`: mail or webhook")
	cmd.MarkFlagsOneRequired("letters", "show", "deliver")
	cmd.MarkFlagsMutuallyExclusive("letters", "show", "deliver")
}

// where is where it goes, in words.
func (r *reveal) where() string {
	switch {
	case r.deliver != "":
		return "a link by " + r.deliver
	case r.screen:
		return "the screen"
	}
	return "a letter in " + r.letters
}

// allowed applies password.reveal.
func (r *reveal) allowed(c config.Password) error {
	switch {
	case r.deliver != "":
		return nil // nobody here sees it
	case c.Reveal == config.RevealNever:
		return usageError{errors.New("password.reveal is \"never\": nobody here gets a temporary password to see; --deliver sends a link to the person")}
	case r.screen && c.Reveal != config.RevealScreen:
		return usageError{errors.New("password.reveal is \"letter\": write a letter with --letters, or allow \"screen\" in the configuration")}
	}
	return nil
}

// issue has a temporary password drawn, and brings it to where it goes.
func (p *program) issue(ctx context.Context, in *installation, r reveal, personID string, draw func(storage.Tx) (string, error)) error {
	if r.deliver != "" {
		return p.deliver(ctx, in, r.deliver, personID, draw)
	}
	var (
		desk      *enroll.Desk
		temporary string
		reference string
		known     bool
	)
	if r.letters != "" {
		head, err := in.letterhead()
		if err != nil {
			return err
		}
		if desk, err = enroll.OpenDesk(ctx, r.letters, head, in.store, &person.Directory{Keys: in.keyring}); err != nil {
			return err
		}
	}
	err := in.store.Tx(ctx, func(tx storage.Tx) (err error) {
		if known, err = wasTold(ctx, tx, personID); err != nil {
			return err
		}
		if temporary, err = draw(tx); err != nil || desk == nil {
			return err
		}
		reference, err = desk.Write(ctx, tx, personID, temporary, known)
		return err
	})
	if err != nil {
		return err
	}
	if desk != nil {
		if err := desk.Publish(); err != nil {
			return err
		}
		if known {
			_, err = fmt.Fprintf(p.stdout, "wrote the letter %s to %s; letters with a temporary password from before are worth nothing\n", reference, r.letters)
		} else {
			_, err = fmt.Fprintf(p.stdout, "wrote the letters %s to %s; send the two folders apart\n", reference, r.letters)
		}
		return err
	}
	_, err = fmt.Fprintln(p.stdout, temporary)
	return err
}

// deliver has a temporary password drawn that nobody sees, and sends a link to one
// that is drawn when it is shown.
func (p *program) deliver(ctx context.Context, in *installation, channel, personID string, draw func(storage.Tx) (string, error)) error {
	handOut, err := in.handOut(channel)
	if err != nil {
		return usageError{err}
	}
	if err := in.store.Tx(ctx, func(tx storage.Tx) error {
		known, err := wasTold(ctx, tx, personID)
		if err != nil {
			return err
		}
		if _, err := draw(tx); err != nil {
			return err
		}
		return handOut(ctx, tx, recovery.Handout{PersonID: personID, Known: known, Issued: true, By: operator()})
	}); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "a link goes out by %s\n", channel)
	return err
}

// wasTold says whether the person was told the User ID: whoever has been issued a
// credential was, and whoever has signed in. It is asked before another one is drawn.
func wasTold(ctx context.Context, tx storage.Tx, personID string) (bool, error) {
	p, err := tx.Passwords().Get(ctx, personID)
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	return err == nil && !p.Untold, err
}
