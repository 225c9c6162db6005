package main

import (
	"context"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/recipe"
)

// serverFlags say which Milvus a command speaks to.
type serverFlags struct {
	URI       string        `name:"uri" env:"MILVUS_URI" default:"http://127.0.0.1:19530" placeholder:"URI" help:"Milvus: http://host:port, an endpoint of Zilliz Cloud, or ./file.db for Milvus Lite, which is started for the command."`
	Token     string        `env:"MILVUS_TOKEN" placeholder:"TOKEN" help:"API key, or user:password. Better in MILVUS_TOKEN or --token-file: others can see a command line."`
	TokenFile string        `type:"existingfile" placeholder:"FILE" help:"File that holds the token."`
	User      string        `env:"MILVUS_USER" placeholder:"NAME" help:"User, with the password in MILVUS_PASSWORD."`
	DBName    string        `name:"db-name" aliases:"database" env:"MILVUS_DB" placeholder:"NAME" help:"Database; it is made where it is missing."`
	CAFile    string        `name:"tls-ca" type:"existingfile" env:"MILVUS_TLS_CA" placeholder:"FILE" help:"Certificates to trust, instead of the system's."`
	CertFile  string        `name:"tls-cert" type:"existingfile" env:"MILVUS_TLS_CERT" placeholder:"FILE" help:"Certificate to log in with."`
	KeyFile   string        `name:"tls-key" type:"existingfile" env:"MILVUS_TLS_KEY" placeholder:"FILE" help:"Its key."`
	NameTLS   string        `name:"tls-server-name" env:"MILVUS_TLS_SERVER_NAME" placeholder:"NAME" help:"Name that the server's certificate is for, if not that of the URI."`
	Insecure  bool          `name:"tls-insecure" env:"MILVUS_TLS_INSECURE" help:"Take any certificate of the server."`
	Connect   time.Duration `name:"connect-timeout" default:"30s" placeholder:"TIME" help:"Time that the connection and one answer of the server may take."`
}

// dial connects to the server. Secrets are hidden in all that is printed from
// here on.
func (f *serverFlags) dial(ctx context.Context, a *app) (*collection.Server, error) {
	o, err := f.options(a)
	if err != nil {
		return nil, err
	}
	return collection.Dial(ctx, o)
}

// options are those of Dial, with the secrets read from where they are.
func (f *serverFlags) options(a *app) (collection.Options, error) {
	token, err := secret(f.Token, f.TokenFile, "--token")
	if err != nil {
		return collection.Options{}, err
	}
	password := os.Getenv("MILVUS_PASSWORD")
	hidden := []recipe.Secret{{Name: "MILVUS_TOKEN", Value: token}, {Name: "MILVUS_PASSWORD", Value: password}}
	// The password that every Milvus begins with is no secret, and a word that
	// messages need.
	if _, inToken, ok := strings.Cut(token, ":"); ok && inToken != "Milvus" {
		hidden = append(hidden, recipe.Secret{Name: "MILVUS_PASSWORD", Value: inToken})
	}
	if _, inURI, ok := passwordOf(f.URI); ok && inURI != "Milvus" {
		hidden = append(hidden, recipe.Secret{Name: "MILVUS_PASSWORD", Value: inURI})
	}
	a.hide(hidden)
	return collection.Options{
		URI: f.URI, Token: token, User: f.User, Password: password, Database: f.DBName, Timeout: f.Connect, Log: a.log,
		TLS: collection.TLS{CAFile: f.CAFile, CertFile: f.CertFile, KeyFile: f.KeyFile, ServerName: f.NameTLS, Insecure: f.Insecure},
	}, nil
}

// passwordOf is the password in a URI, and the URI without user and password.
func passwordOf(uri string) (without, password string, ok bool) {
	scheme, rest, has := strings.Cut(uri, "://")
	if !has {
		scheme, rest = "", uri
	}
	at := strings.LastIndex(rest, "@")
	if at < 0 {
		return uri, "", false
	}
	without = strings.TrimPrefix(scheme+"://"+rest[at+1:], "://")
	_, password, ok = strings.Cut(rest[:at], ":")
	if plain, err := url.PathUnescape(password); err == nil {
		password = plain
	}
	return without, password, ok
}

// where are the options that say which server, without secrets, for command
// lines that are shown.
func (f *serverFlags) where() string {
	without, _, _ := passwordOf(f.URI)
	text := " --uri " + shellWord(without)
	if f.DBName != "" {
		text += " --db-name " + shellWord(f.DBName)
	}
	return text
}

// secret is a secret that may stand in a file.
func secret(value, file, flag string) (string, error) {
	switch {
	case file == "":
		return value, nil
	case value != "":
		return "", core.Errorf(core.InvalidConfig, "%s and %s-file are both given", flag, flag).WithHint("give one of them")
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return "", core.Errorf(core.InvalidConfig, "%s-file: %w", flag, err)
	}
	return strings.TrimSpace(string(data)), nil
}

// fieldFlags leave fields of a data set out.
type fieldFlags struct {
	Fields        []string `env:"MILVUS_INGEST_FIELDS" placeholder:"NAME,…" help:"Only these fields of the data set, and the key."`
	ExcludeFields []string `env:"MILVUS_INGEST_EXCLUDE_FIELDS" placeholder:"NAME,…" help:"All fields of the data set but these."`
}

// where are the same flags, for command lines that are shown.
func (f *fieldFlags) shown() string {
	text := ""
	if len(f.Fields) > 0 {
		text += " --fields " + strings.Join(f.Fields, ",")
	}
	if len(f.ExcludeFields) > 0 {
		text += " --exclude-fields " + strings.Join(f.ExcludeFields, ",")
	}
	return text
}
