package admin

import (
	"testing"

	"github.com/claviger-id/claviger/pkg/event"
)

// TestAddressOfSubscription: whoever may read subscriptions does not read the token that
// the receiver wanted in its address.
func TestAddressOfSubscription(t *testing.T) {
	for given, want := range map[string]string{
		"https://siem.example/in?token=secret": "https://siem.example/in",
		"https://siem.example:8443/in":         "https://siem.example:8443/in",
		"https://siem.example/in?":             "https://siem.example/in",
	} {
		if got := shownSubscription(event.Subscription{URL: given}).URL; got != want {
			t.Errorf("%s is shown as %s, want %s", given, got, want)
		}
	}
}

// TestWhoChangesSubscriptions: who ends what others hear has signed in just now.
func TestWhoChangesSubscriptions(t *testing.T) {
	for _, name := range []string{"create-subscription", "change-subscription", "rotate-subscription-secret", "remove-subscription"} {
		if !rules()[name].Sensitive {
			t.Errorf("%s is not sensitive", name)
		}
	}
}
