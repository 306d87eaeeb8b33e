// Package redis is the ephemeral store on Redis 7, for installations of any
// number of replicas: on a single server, a primary that sentinels watch, or a
// cluster.
//
// Everything that must happen at once is one script, and one script touches
// keys of one hash tag only, so that the same code serves a cluster. An
// activity that names marks is one script where there is one node, and two
// round trips in a cluster. Deadlines
// are judged by the caller's clock against what is stored; Redis' own expiry
// comes later and only tidies up. Sessions outlive their deadline until
// somebody has ended them: the sorted sets named "due" say when.
package redis
