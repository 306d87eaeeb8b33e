// Package proof signs what a client shows of itself: assertions that say who it is (RFC
// 7523) and proofs that it holds the key of its tokens (RFC 9449). It is for our own
// programs that call an installation; packages assertion and dpop verify what others sign.
package proof
