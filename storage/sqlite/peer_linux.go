package sqlite

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// checkPeer refuses a process that belongs neither to the user of this one nor to
// root, whatever the rights of the socket are. The kernel says who it is.
func checkPeer(c *net.UnixConn) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	var (
		who   *unix.Ucred
		asked error
	)
	err = raw.Control(func(fd uintptr) { who, asked = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) })
	if err := errors.Join(err, asked); err != nil {
		return fmt.Errorf("sqlite: who asks is not known: %w", err)
	}
	if !mayAttach(who.Uid, os.Geteuid()) {
		return fmt.Errorf("sqlite: process %d of user %d is not let in", who.Pid, who.Uid)
	}
	return nil
}

// mayAttach says whether a process of a user may use what a process of own has.
func mayAttach(uid uint32, own int) bool { return uid == 0 || int64(uid) == int64(own) }
