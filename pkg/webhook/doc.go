// Package webhook tells another system of new User IDs and temporary passwords, so
// that it brings them to people in its own way: by text message, or through an
// application that they have already.
//
// Calls are signed as Standard Webhooks 1.0.0 has it: HMAC-SHA-256 over the name of
// the call, the time and the body, with every secret that there is, so that secrets
// can be replaced without a call that is refused.
package webhook
