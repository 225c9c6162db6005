package plugintest

import (
	"crypto/tls"
	"crypto/x509"
)

// trust trusts the plugin's certificate alone.
func trust(config *tls.Config, der []byte) error {
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return err
	}
	config.RootCAs = x509.NewCertPool()
	config.RootCAs.AddCert(certificate)
	return nil
}
