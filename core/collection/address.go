package collection

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/zilliz/milvus-ingest/core"
)

// The ports of Milvus without a port in its address.
const (
	defaultPort    = "19530"
	defaultTLSPort = "443"
)

// address is a URI of the user, taken apart.
type address struct {
	file           string // of Milvus Lite; "" where it is a server
	host           string // with its port
	tls            bool
	user, password string
	database       string
}

// parseAddress reads http://host:port, https://host:port, host:port, host,
// each with /database behind it, or ./x.db.
func parseAddress(uri string) (address, error) {
	uri = strings.TrimSpace(uri)
	switch {
	case uri == "":
		return address{}, badAddress("the address of Milvus is empty")
	case !strings.Contains(uri, "://") && strings.HasSuffix(uri, ".db"):
		return address{file: uri}, nil
	case !strings.Contains(uri, "://"):
		uri = bareScheme(uri) + uri
	}
	parsed, err := url.Parse(uri)
	if err != nil {
		// The error of url repeats the address, which may hold a password.
		return address{}, badAddress("the address of Milvus is no URI")
	}
	a := address{database: strings.Trim(parsed.Path, "/"), user: parsed.User.Username()}
	a.password, _ = parsed.User.Password()
	port := defaultPort
	switch parsed.Scheme {
	case "https":
		a.tls, port = true, defaultTLSPort
	case "http", "tcp", "grpc":
	default:
		return address{}, badAddress("the address of Milvus begins with %s://", parsed.Scheme)
	}
	if parsed.Port() != "" {
		port = parsed.Port()
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return address{}, badAddress("the port of Milvus is %q", port)
	}
	if !isHost(parsed.Hostname()) {
		return address{}, badAddress("the address of Milvus names no host")
	}
	a.host = net.JoinHostPort(parsed.Hostname(), port)
	return a, nil
}

// isHost tells whether a word can be a host: an IP address or a name.
func isHost(word string) bool {
	inName := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_.", r) }
	if ip, err := netip.ParseAddr(word); err == nil {
		word = "ip" + ip.Zone()
	}
	return word != "" && utf8.ValidString(word) && strings.IndexFunc(word, func(r rune) bool { return !inName(r) }) < 0
}

// bareScheme is how a host without one is spoken to.
func bareScheme(host string) string {
	if name, _, _ := strings.Cut(host, "/"); isCloud(name) {
		return "https://"
	}
	return "http://"
}

// isCloud tells whether a host, with or without a port, is one of Zilliz Cloud.
func isCloud(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, suffix := range []string{".zillizcloud.com", ".zilliz.com", ".zilliz.com.cn", ".zilliz.cn"} {
		if strings.HasSuffix(host, suffix) {
			return true
		}
	}
	return false
}

// isLoopback tells whether a host, with its port, is this machine.
func isLoopback(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(name)
	return name == "localhost" || err == nil && ip.IsLoopback()
}

// String is the address as messages tell it, without user and password.
func (a address) String() string {
	u := url.URL{Scheme: "http", Host: a.host}
	if a.tls {
		u.Scheme = "https"
	}
	return u.String()
}

func badAddress(format string, args ...any) error {
	return core.Errorf(core.InvalidConfig, format, args...).
		WithHint("give --uri http://host:19530, https://host:port, or ./file.db for Milvus Lite")
}
