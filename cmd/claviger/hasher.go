package main

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"

	"github.com/claviger-id/claviger/pkg/config"
	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/password"
)

// newHasher is the hasher that the configuration describes.
func newHasher(c config.Password) (*password.Hasher, error) {
	cores := runtime.GOMAXPROCS(0)
	if c.FIPS {
		return password.NewFIPSHasher(c.PBKDF2Iterations, c.BudgetMiB, cores)
	}
	return password.NewHasher(configuredParams(c), c.BudgetMiB, cores)
}

func configuredParams(c config.Password) password.Params {
	return password.Params{
		MemoryKiB: uint32(c.MemoryMiB) << 10, Iterations: uint32(c.Iterations), Parallelism: uint8(c.Parallelism), //nolint:gosec // config has bounded them
	}
}

// checkFIPS refuses to start where the FIPS mode would lock people out unasked.
func (in *installation) checkFIPS(ctx context.Context, credentials *credential.Service) error {
	if !in.config.Password.FIPS {
		return nil
	}
	schemes, err := credentials.Schemes(ctx)
	if err != nil {
		return err
	}
	var locked, all int64
	for scheme, n := range schemes {
		all += n.People
		if !password.Approved(scheme) {
			locked += n.People
		}
	}
	if locked > 0 && !in.config.Password.FIPSLockOut {
		return fmt.Errorf("password.fips: %d of %s could not sign in until given a temporary password: their hashes are not of PBKDF2 (see: claviger password report). "+
			"Set password.fips_lock_out to start nevertheless", locked, plural(all, "person", "people"))
	}
	in.log.LogAttrs(ctx, slog.LevelInfo, "passwords are hashed with PBKDF2 only", slog.Int64("people", all), slog.Int64("locked_out", locked))
	return nil
}
