package storagetest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claviger-id/claviger/storage"
)

// racers is how many goroutines compete in a race.
const racers = 32

// moment is a time with microseconds, as stores keep it.
var moment = time.Date(2026, 3, 1, 12, 30, 15, 123456000, time.UTC)

// Durable runs the suite on a store that open makes anew for each test.
func Durable(t *testing.T, open func(t *testing.T) storage.Store) {
	for name, test := range map[string]func(*testing.T, storage.Store){
		"rollback":          testRollback,
		"panic":             testPanic,
		"now":               testNow,
		"times":             testTimes,
		"snapshot":          testSnapshot,
		"queued-conflict":   testQueuedConflict,
		"foreign-text":      testForeignText,
		"deadline":          testDeadline,
		"close":             testClose,
		"settings":          testSettings,
		"people":            testPeople,
		"ordinals":          testOrdinals,
		"passwords":         testPasswords,
		"former-passwords":  testFormerPasswords,
		"guesses":           testGuesses,
		"race-guess":        testRaceGuess,
		"known-devices":     testKnownDevices,
		"authenticators":    testAuthenticators,
		"race-step":         testRaceStep,
		"race-recovery":     testRaceRecovery,
		"clients":           testClients,
		"grants":            testGrants,
		"grant-born-dead":   testGrantBornDead,
		"grant-purge":       testGrantPurge,
		"signing-keys":      testSigningKeys,
		"audit":             testAudit,
		"imports":           testImports,
		"view-is-read-only": testView,
		"race-rotate":       testRaceRotate,
		"race-born-dead":    testRaceBornDead,
		"race-end":          testRaceEnd,
		"race-key":          testRaceKey,
		"audit-place-holes": testAuditPlaceHoles,
		"audit-notable":     testAuditNotable,
		"audit-filing":      testAuditFiling,
		"lookups":           testLookups,
		"audit-hashes":      testAuditHashes,
		"audit-late":        testAuditLate,
		"race-password":     testRacePassword,
		"race-place":        testRacePlace,
		"race-user-id":      testRaceUserID,
		"race-setting":      testRaceSetting,
		"cancelled":         testCancelled,
		"consents":          testConsents,
		"agreements":        testAgreements,
		"unaccepted":        testUnaccepted,
		"applications":      testApplications,
		"race-application":  testRaceApplication,
		"initial-tokens":    testInitialTokens,
		"race-initial-use":  testRaceInitialUse,
		"registrations":     testRegistrations,
		"race-registration": testRaceRegistration,
		"logouts":           testLogouts,
		"logout-list":       testLogoutList,
		"logout-end":        testLogoutEnd,
		"race-logout":       testRaceLogout,
		"grant-offline":     testGrantOffline,
		"outbox":            testOutbox,
		"race-outbox":       testRaceOutbox,
		"access-links":      testAccessLinks,
		"race-access-link":  testRaceAccessLink,
		"operators":         testOperators,
		"provisioning":      testProvisioning,
		"subscriptions":     testSubscriptions,
		"provisioning-list": testProvisioningList,
		"jobs":              testJobs,
		"replays":           testReplays,
		"race-replay":       testRaceReplay,
		"approvals":         testApprovals,
		"race-approval":     testRaceApproval,
		"people-list":       testPeopleList,
		"organizations":     testOrganizations,
		"race-close":        testRaceClose,
		"memberships":       testMemberships,
		"race-membership":   testRaceMembership,
		"delegations":       testDelegations,
		"race-delegation":   testRaceDelegation,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// in runs fn in a transaction and fails the test on an error.
func in(t *testing.T, s storage.Store, fn func(ctx context.Context, tx storage.Tx) error) {
	t.Helper()
	if err := s.Tx(t.Context(), func(tx storage.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

func want(t *testing.T, what string, err, sentinel error) {
	t.Helper()
	if !errors.Is(err, sentinel) {
		t.Errorf("%s: %v, want %v", what, err, sentinel)
	}
}

func same(t *testing.T, what string, got, wanted any) {
	t.Helper()
	if d := cmp.Diff(wanted, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// race runs fn in many goroutines at once and returns how many got nil and the
// other errors.
func race(fn func(i int) error) (won int, lost []error) {
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex // guards lost
		wins  atomic.Int64
		start = make(chan struct{})
	)
	for i := range racers {
		wg.Go(func() {
			<-start
			if err := fn(i); err != nil {
				mu.Lock()
				defer mu.Unlock()
				lost = append(lost, err)
				return
			}
			wins.Add(1)
		})
	}
	close(start)
	wg.Wait()
	return int(wins.Load()), lost
}

// oneWins fails unless exactly one racer won and all others got a sentinel.
func oneWins(t *testing.T, won int, lost []error, sentinel error) {
	t.Helper()
	if won != 1 {
		t.Errorf("%d racers won, want exactly 1; the others: %v", won, lost)
	}
	for _, err := range lost {
		if !errors.Is(err, sentinel) {
			t.Errorf("a loser got %v, want %v", err, sentinel)
		}
	}
}
