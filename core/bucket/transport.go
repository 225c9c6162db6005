package bucket

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/zilliz/milvus-ingest/core"
)

// checkEndpoint completes the endpoint to a URL.
func (o *Options) checkEndpoint() error {
	if o.Endpoint == "" {
		return nil
	}
	given := o.Endpoint
	bad := func(why string) error {
		return core.Errorf(core.InvalidConfig, "the store's address %q %s", withoutUser(given), why).
			WithHint("write it as http://host:port or https://host:port (--endpoint-url)")
	}
	if !strings.Contains(given, "://") {
		o.Endpoint = "http://" + given
	}
	u, err := url.Parse(o.Endpoint)
	switch {
	case err != nil:
		return bad("is none")
	case u.Scheme != "http" && u.Scheme != "https":
		return bad("is of the scheme " + u.Scheme)
	case u.Hostname() == "":
		return bad("names no host")
	case u.User != nil:
		return bad("has a name or password in it")
	case u.RawQuery != "" || u.Fragment != "":
		return bad("has more than host, port and path")
	case !strings.Contains(given, "://") && u.Port() == "" && !strings.Contains(u.Hostname(), ".") && u.Hostname() != "localhost":
		return bad("has neither a scheme nor a port")
	}
	o.Endpoint = strings.TrimSuffix(u.String(), "/")
	return nil
}

// withoutUser is an address without what stands before the @.
func withoutUser(address string) string {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		scheme, rest = "", address
	} else {
		scheme += "://"
	}
	if i := strings.LastIndex(rest, "@"); i >= 0 {
		rest = rest[i+1:]
	}
	return scheme + rest
}

// httpClient bounds all that a store can keep us waiting for.
func (o *Options) httpClient() (*http.Client, error) {
	trust := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: o.Insecure} //nolint:gosec // the user asked for it
	if o.CAFile != "" {
		pem, err := os.ReadFile(o.CAFile)
		if err != nil {
			return nil, core.Errorf(core.InvalidConfig, "certificates to trust: %w", err)
		}
		trust.RootCAs = x509.NewCertPool()
		if !trust.RootCAs.AppendCertsFromPEM(pem) {
			return nil, core.Errorf(core.InvalidConfig, "%s has no certificates", o.CAFile).WithHint("give a file of PEM certificates")
		}
	}
	dialer := &net.Dialer{Timeout: o.Timeout}
	return &http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment,
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				conn, err := dialer.DialContext(ctx, network, address)
				if err != nil {
					return nil, err
				}
				return &patientConn{conn, o.Timeout}, nil
			},
			TLSClientConfig:       trust,
			TLSHandshakeTimeout:   o.Timeout,
			ResponseHeaderTimeout: o.Timeout,
			ExpectContinueTimeout: time.Second,
			IdleConnTimeout:       30 * time.Second,
			MaxIdleConnsPerHost:   o.Concurrency + 4,
			WriteBufferSize:       256 << 10,
			ReadBufferSize:        64 << 10,
			DisableCompression:    true,
		},
		// A bucket elsewhere is told, not followed; a store that moves a
		// request for a moment is followed with the same request.
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if code := r.Response.StatusCode; code != http.StatusTemporaryRedirect && code != http.StatusPermanentRedirect || len(via) > 5 {
				return http.ErrUseLastResponse
			}
			return nil
		},
	}, nil
}

// patientConn gives each write a time limit: a store that stops reading would
// hold it for ever.
type patientConn struct {
	net.Conn
	limit time.Duration
}

func (c *patientConn) Write(p []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(c.limit)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}
