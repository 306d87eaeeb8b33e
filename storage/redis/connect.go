package redis

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// errURL says nothing of the URL, which may hold a password.
var errURL = errors.New("redis: the connection URL cannot be read")

// connect makes the client that the URL asks for; nothing is dialled yet.
//
//	redis://USER:PASSWORD@HOST:PORT/DB
//	redis+sentinel://USER:PASSWORD@SENTINEL/DB?master_name=NAME&addr=SENTINEL&…
//	redis+cluster://USER:PASSWORD@NODE?addr=NODE&addr=NODE
//
// rediss in place of redis is TLS, to every node and every sentinel.
func connect(o Options) (redis.UniversalClient, error) {
	u, err := url.Parse(o.URL)
	if err != nil {
		return nil, errURL
	}
	_, kind, several := strings.Cut(u.Scheme, "+")
	if !several {
		c, err := redis.ParseURL(o.URL)
		if err != nil {
			return nil, errURL
		}
		if c.TLSConfig, err = o.trust(c.TLSConfig); err != nil {
			return nil, err
		}
		if err := o.permit(c.TLSConfig, c.Network, c.Addr); err != nil {
			return nil, err
		}
		c.DialTimeout, c.ReadTimeout, c.WriteTimeout = dialTime, callTime, callTime
		c.ContextTimeoutEnabled, c.ClientName, c.DisableIdentity = true, clientName, true
		c.MaintNotificationsConfig = noNotices()
		return redis.NewClient(c), nil
	}
	nodes, err := o.nodes(u)
	if err != nil {
		return nil, err
	}
	switch kind {
	case "sentinel":
		if nodes.MasterName == "" {
			return nil, errors.New("redis: a sentinel URL needs master_name")
		}
		return redis.NewFailoverClient(nodes.Failover()), nil
	case "cluster":
		if nodes.MasterName != "" || nodes.SentinelUsername != "" || nodes.SentinelPassword != "" || nodes.DB != 0 {
			return nil, errors.New("redis: a cluster has neither sentinels nor numbered databases")
		}
		options := nodes.Cluster()
		options.ClusterStateReloadInterval = topologyTime
		return redis.NewClusterClient(options), nil
	}
	return nil, errURL
}

const clientName = "claviger"

// topologyTime is how old what is known of a cluster's nodes may be. A node that
// refuses connections tells nobody who has taken its place: only asking another one
// does, and the driver by itself asks once a minute.
const topologyTime = time.Second

// noNotices asks for none of the messages that only hosted servers send.
func noNotices() *maintnotifications.Config {
	return &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
}

// nodes reads a URL that names several addresses. Its query is ours: none of
// the driver's own parameters is let through, since some of them read from
// replicas, where what was used already looks unused.
func (o Options) nodes(u *url.URL) (*redis.UniversalOptions, error) {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, errURL
	}
	for name, values := range query {
		switch name {
		case "addr":
		case "master_name", "sentinel_username", "sentinel_password":
			if len(values) != 1 {
				return nil, errURL
			}
		default:
			return nil, errors.New("redis: the connection URL has a parameter other than addr, master_name, sentinel_username, sentinel_password")
		}
	}
	first := *u
	first.Scheme, _, _ = strings.Cut(u.Scheme, "+")
	first.RawQuery = ""
	c, err := redis.ParseURL(first.String())
	if err != nil || c.Network != "tcp" || u.Port() == "" {
		return nil, errURL
	}
	if c.TLSConfig, err = o.trust(c.TLSConfig); err != nil {
		return nil, err
	}
	if c.TLSConfig != nil {
		c.TLSConfig.ServerName = "" // each node has its own name
	}
	addrs := append([]string{c.Addr}, query["addr"]...)
	for _, a := range addrs {
		if _, _, err := net.SplitHostPort(a); err != nil {
			return nil, errURL
		}
		if err := o.permit(c.TLSConfig, "tcp", a); err != nil {
			return nil, err
		}
	}
	return &redis.UniversalOptions{
		Addrs: addrs, Username: c.Username, Password: c.Password, DB: c.DB,
		MasterName: query.Get("master_name"), SentinelUsername: query.Get("sentinel_username"), SentinelPassword: query.Get("sentinel_password"),
		TLSConfig: c.TLSConfig, Dialer: o.dialer(c.TLSConfig),
		DialTimeout: dialTime, DialerRetries: 1, ReadTimeout: callTime, WriteTimeout: callTime,
		ContextTimeoutEnabled: true, ClientName: clientName, DisableIdentity: true,
		MaintNotificationsConfig: noNotices(),
	}, nil
}

// trust is the TLS configuration with the authorities that are asked for.
func (o Options) trust(c *tls.Config) (*tls.Config, error) {
	if c != nil && c.InsecureSkipVerify {
		return nil, errors.New("redis: skip_verify trusts anybody; name the certificate authorities instead")
	}
	if o.Roots == nil {
		return c, nil
	}
	if c == nil {
		return nil, errors.New("redis: certificate authorities are given, and the connection is not encrypted; use rediss")
	}
	c.RootCAs = o.Roots
	return c, nil
}

// permit refuses what would go over a network in the clear.
func (o Options) permit(c *tls.Config, network, addr string) error {
	if c == nil && !o.InsecurePlaintext && !local(network, addr) {
		return fmt.Errorf("redis: the connection to %s would be unencrypted; use rediss", addr)
	}
	return nil
}

// dialer dials what sentinels and nodes tell of other nodes, which the URL does
// not name: the rule holds for those too.
func (o Options) dialer(c *tls.Config) func(context.Context, string, string) (net.Conn, error) {
	plain := &net.Dialer{Timeout: dialTime}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		if err := o.permit(c, network, addr); err != nil {
			return nil, err
		}
		if c == nil {
			return plain.DialContext(ctx, network, addr)
		}
		return (&tls.Dialer{NetDialer: plain, Config: c}).DialContext(ctx, network, addr)
	}
}

func local(network, addr string) bool {
	if network == "unix" {
		return true
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil || host == "localhost" {
		return err == nil
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}
