package wire

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"time"

	"github.com/zilliz/milvus-ingest/core"
)

// EnvClientCert tells a plugin the certificate of the host: only who has its
// key may call, and the plugin answers with a certificate of its own.
const EnvClientCert = "PLUGIN_CLIENT_CERT"

// MutualTLS makes the host's half of mutual TLS, with a key on P-256, which
// every TLS library accepts; go-plugin's own are on P-521, which some refuse.
// certificate is what the plugin is told of it.
func MutualTLS() (config *tls.Config, certificate string, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, "", core.Errorf(core.Internal, "make a key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, "", core.Errorf(core.Internal, "make a certificate: %w", err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(365 * 24 * time.Hour),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, IsCA: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, "", core.Errorf(core.Internal, "make a certificate: %w", err)
	}
	return &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
		// go-plugin puts the plugin's certificate here. Until then nobody is
		// trusted, whom the system trusts neither.
		RootCAs:    x509.NewCertPool(),
		MinVersion: tls.VersionTLS12, ServerName: "localhost",
	}, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), nil
}
