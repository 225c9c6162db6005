package collection

import (
	"net/http"
	"time"
)

// HTTP is how the same server is called over REST: a client with the same
// trust, the address that calls begin with, and the token that logs in ("" for
// nobody). The caller closes the client's idle connections.
func (s *Server) HTTP() (client *http.Client, base, token string, err error) {
	trust, err := s.options.TLS.config()
	if err != nil {
		return nil, "", "", err
	}
	token = s.options.Token
	if token == "" && s.options.User != "" {
		token = s.options.User + ":" + s.options.Password
	}
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSClientConfig: trust,
		MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute,
	}
	return &http.Client{Transport: transport, Timeout: s.options.Timeout}, s.Address, token, nil
}
